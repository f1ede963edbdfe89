"""A station on a real socket: what it issued is what the server has, whatever happens to the line."""

from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from clients.errors import EndedError, ProtocolError, RefusedError
from clients.messages import Welcome
from clients.sampling import COLUMNS, station_clock
from clients.station import Station
from tests.clients.model import SCENARIO, STREAMS, ModelServer, Served, served


class Counting:
    """A performer whose every value tells which row it is."""

    def __init__(self) -> None:
        self.lived_ms = 0.0
        self.rows = dict.fromkeys(COLUMNS, 0)

    def advance(self, now_ms: float) -> None:
        assert now_ms > self.lived_ms
        self.lived_ms = now_ms

    def sample(self, stream: str, client_ms: NDArray[np.float64]) -> NDArray[np.float32]:
        assert client_ms[-1] <= self.lived_ms
        first = self.rows[stream]
        self.rows[stream] += client_ms.size
        width = len(COLUMNS[stream])
        return (np.arange(first, self.rows[stream]) + np.arange(width)[:, None] / 8).astype(np.float32)


def counting(welcome: Welcome, now_ms: float) -> Counting:
    assert welcome.scenario == SCENARIO
    return Counting()


def a_station(server: Served, **options: object) -> Station:
    return Station(server.url, "KJ7P-Q2M4", counting, jitter=lambda: 0.1, **options)  # type: ignore[arg-type]


def grown(station: Station, rows: int) -> bool:
    return station.rows_acked >= rows


def rejoined(station: Station, losses: int) -> bool:
    return station.connection.losses == losses and station.connection.wire.joined


def assert_stored(model: ModelServer, station: Station) -> None:
    """Each issued row is at the server once, in order, with its time and values; and nothing else is."""
    for track, rows in model.accepted.items():
        issued = station.issued[track]
        assert len(rows) == issued.rows == issued.acked
        assert [row[0] for row in rows] == issued.times().tolist()
        assert [row[1:] for row in rows] == [tuple(row) for row in issued.values().T.tolist()]


async def test_every_row_arrives_with_its_time_and_values() -> None:
    async with served() as server, a_station(server) as station:
        await station.consent()
        await station.until(lambda: min(track.acked for track in station.issued.values()) > 1)
        assert await station.drain(5)
        assert_stored(server.model, station)
        assert station.rows_sent == station.rows_acked
        assert len(station.waits_ms) > 0
        assert min(station.waits_ms) >= 0


async def test_no_voice_is_measured_before_the_trainee_was_asked() -> None:
    async with served() as server, a_station(server) as station:
        await station.until(lambda: station.issued[1].acked > 20)
        assert station.issued[2].rows == 0
        asked_ms = station.clock()
        await station.consent()
        await station.until(lambda: station.issued[2].acked > 20)
        assert station.issued[2].times()[0] >= asked_ms
        assert np.abs(np.diff(station.issued[2].times()) - 20).max() < 0.01
        # A page that comes when that was long ago need not wait.
        async with a_station(server) as later:
            await later.until(lambda: later.issued[2].rows > 20)


async def test_rows_lie_on_a_regular_grid_of_the_station_s_own_clock() -> None:
    async with served() as server, a_station(server, clock=station_clock(drift_ppm=1e5)) as station:
        await station.consent()
        await station.until(lambda: min(track.acked for track in station.issued.values()) > 1)
        for track, period_ms in ((1, 1000 / 72), (2, 20.0)):
            times = station.issued[track].times()
            assert np.abs(np.diff(times) - period_ms).max() < 0.01


async def test_a_cut_line_costs_no_row_and_repeats_none() -> None:
    async with served() as server, a_station(server) as station:
        for losses in range(3):
            acked = station.rows_acked
            await station.until(partial(grown, station, acked + 20))
            station.connection.drop()
            await station.until(partial(rejoined, station, losses + 1))
        assert await station.drain(5)
        assert_stored(server.model, station)
        runs = {request["run"] for request in server.model.requests if request["type"] == "hello"}
        assert len(runs) == 1


async def test_a_server_that_takes_no_rows_for_a_while_gets_them_later() -> None:
    async with served() as server:
        server.model.refuse = 2
        async with a_station(server) as station:
            await station.until(lambda: station.rows_acked > 100)
            assert await station.drain(5)
            assert_stored(server.model, station)


async def test_rows_that_were_never_acknowledged_stay_counted_as_such() -> None:
    async with served() as server:
        async with a_station(server) as station:
            await station.until(lambda: station.rows_acked > 10)
            server.model.refuse = 10**6
            sent = station.rows_sent
            await station.until(lambda: station.rows_sent > sent + 20)  # looked at when a refusal comes
            assert not await station.drain(0.2)
        assert station.rows_sent > station.rows_acked == sum(map(len, server.model.accepted.values()))


async def test_it_goes_through_the_phases_as_a_trainee_does() -> None:
    async with served() as server, a_station(server) as station:
        await station.consent()
        await station.until(lambda: station.phase == "briefing")
        await station.until(lambda: station.issued[2].rows > 20)
        now_ms = station.clock()
        calibration = await station.calibrate((0.0, 100.0), (100.0, now_ms))
        assert calibration["accepted"] is True
        # The voice that was calibrated on had been acknowledged before the server was asked.
        await station.begin()
        await station.choose("ask_name")
        await station.act("take_cover")
        await station.radio("co_responder")
        await server.push("say", event=7, t=2.0, actor="daniel", line="who", text="Who?", audio=None)
        await station.until(lambda: len(station.said) == 1)
        await station.stop()
        await station.until(lambda: station.phase == "debrief")
        sent = station.rows_sent
        assert await station.drain(5)
        assert station.rows_sent == sent
    kinds = [request["type"] for request in server.model.requests]
    middle = ["choose", "act", "radio", "presented"]
    assert kinds == ["hello", "consent", "calibrate", "begin", *middle, "stop"]


async def test_without_a_microphone_there_is_no_voice() -> None:
    async with served() as server, a_station(server, microphone=False) as station:
        await station.consent()
        hello, consent = server.model.requests
        assert hello["streams"] == {"head_pose": 72.0, "headset_state": 2.0}
        assert (consent["microphone"], consent["settings"]) == (False, None)


async def test_a_wrong_code_ends_it_with_what_the_server_said() -> None:
    async with served() as server:
        server.model.refusals["hello"] = "unknown_session"
        with pytest.raises(EndedError, match="unknown_session: no"):
            async with a_station(server):
                pass


async def test_a_refused_request_says_so_and_the_station_goes_on() -> None:
    async with served() as server, a_station(server) as station:
        server.model.refusals["begin"] = "wrong_phase"
        with pytest.raises(RefusedError, match="begin refused: wrong_phase"):
            await station.begin()
        await station.until(lambda: station.rows_acked > 20)


async def test_a_server_with_other_columns_is_not_fed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STREAMS, 2, ("voice", ("loudness", "pitch")))
    async with served() as server:
        with pytest.raises(ProtocolError, match=r"voice has columns \('loudness', 'pitch'\) at the server"):
            async with a_station(server):
                pass
