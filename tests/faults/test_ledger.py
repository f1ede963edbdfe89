"""The oracle itself: it finds each kind of fault, and nothing where there is none."""

import re
from collections.abc import Callable

import numpy as np
import psycopg
import pytest

from clients.issued import IssuedTrack
from clients.sampling import COLUMNS
from tests.faults.crowd import Crowd
from tests.faults.house import House
from tests.faults.ledger import Rows, check, check_track

FAULTS: dict[str, Callable[..., Rows]] = {
    "stored twice": lambda s, t, v: (np.append(s, 7), np.append(t, t[7]), np.append(v, v[7:8], axis=0)),
    "acknowledged and lost": lambda s, t, v: (np.delete(s, 7), np.delete(t, 7), np.delete(v, 7, axis=0)),
    "never issued": lambda s, t, v: (np.append(s, 20), np.append(t, t[7]), np.append(v, v[7:8], axis=0)),
    "other times than issued": lambda s, t, v: (s, t + (s == 7) / 1024, v),
    "other values than issued": lambda s, t, v: (s, t, np.where((s == 7)[:, None], np.nextafter(v, v + 1), v)),
    "other values than": lambda s, t, v: (s, t, v[:, ::-1]),
}


def track_of(acked: int) -> tuple[IssuedTrack, Rows]:
    chance = np.random.default_rng(0)
    track = IssuedTrack(1, "head_pose", 0, 20, acked)
    values = chance.random((len(COLUMNS["head_pose"]), 20), np.float32)
    track.keep(np.arange(20.0), values)
    return track, (np.arange(20), np.arange(20.0), values.T)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found(fault: str) -> None:
    track, rows = track_of(acked=10)
    check_track("t", track, *rows)
    with pytest.raises(AssertionError, match=re.escape(fault)):
        check_track("t", track, *FAULTS[fault](*rows))


def test_a_row_that_was_not_acknowledged_may_be_missing() -> None:
    track, (seqs, times, values) = track_of(acked=10)
    check_track("t", track, seqs[:12], times[:12], values[:12])
    track.acked = 13
    with pytest.raises(AssertionError, match="1 rows"):
        check_track("t", track, seqs[:12], times[:12], values[:12])


def test_a_row_that_was_declared_as_lost_must_be_missing() -> None:
    track, (seqs, times, values) = track_of(acked=20)
    track.end_seq = 23
    track.declare(20, 23)
    check_track("t", track, seqs, times, values)
    with pytest.raises(AssertionError, match="never issued"):
        check_track("t", track, np.append(seqs, 21), np.append(times, 21), np.append(values, values[:1], axis=0))


async def test_the_database_is_really_asked(house: House) -> None:
    async with Crowd(house, 2) as crowd:
        await crowd.fresh()
        await crowd.settle()
    house.stored()
    account = check(house.database, crowd)
    assert account.issued == account.acknowledged == account.stored > 0
    with psycopg.connect(house.database) as connection:
        altered = connection.execute(
            "UPDATE core.voice d SET peak = peak + 1 FROM core.session s"
            " WHERE s.session_id = d.session_id AND s.session = %s AND d.seq = 3",
            [crowd.sessions[1]],
        )
        assert altered.rowcount == 1
    with pytest.raises(AssertionError, match="other values than issued: rows \\[3\\]"):
        check(house.database, crowd)
