"""Print what a tick of one session costs the server's loop, by scenario: part of `make bench`.

Rooms with scripted stations and a journal that is not synced: what they are told is packed and thrown away, so that
neither sockets nor disk are in the figure. Rows that come in are not either (`bench_ingest` has them). Processor time
of the loop's thread; on a machine that others use, compare runs that alternate.
"""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Final
from uuid import UUID

from scenario_assets import library
from scenario_assets.language import Scenario
from scenario_assets.runtime import TICK_MS
from session_server.core.messages import Begin, ClientInfo, Consent, Hello, Recording
from session_server.core.opening import Opening
from session_server.core.roles import Role, Sender
from session_server.core.session import Session
from session_server.net.counts import Counts
from session_server.net.disk import Disk
from session_server.net.member import Member
from session_server.net.outbox import Outbox
from session_server.net.recorder import Recorder
from session_server.net.room import Room
from telemetry.journal import JournalWriter
from tests.bench.figures import tell
from tests.bench.rows import CYCLE, RATES, seqs, values

#: As many as one processor's own cache cannot hold, as on a node that is in use.
ROOMS: Final = 100
TICKS: Final = 300
#: The first seconds of a scenario are not like the rest.
WARM_TICKS: Final = 40
#: A frame comes every second tick.
FRAME_TICKS: Final = 2
#: Metres between the trainee and what the scenarios are about, at the beginning and when it begins anew; m per frame.
FAR_M, WALK_M, STEP_M = 4.0, 3.0, 0.004
POSES, VOICE = values("head_pose"), values("voice")


class ScriptedRoom(Room):
    """A room whose time is told, and whose station walks up to the person, speaking now and then."""

    t = 0.0

    def now(self) -> float:
        """The time told."""
        return self.t

    def begin(self) -> None:
        """Let the trainee in and the scenario run."""
        member = Member(Sender("trainee", Role.TRAINEE, 1), "run", _nowhere(), lambda code: None)
        client, streams = ClientInfo("bench", "bot"), {name: float(rate) for name, rate in RATES.items()}
        self.join(Hello(ref=1, protocol=1, role="trainee", run=UUID(int=1), client=client, streams=streams), member)
        self.receive(Consent(ref=2, content=True, microphone=True), member)
        self.receive(Begin(ref=3), member)

    def take(self, frame: int) -> None:
        """Take the newest samples, past the frame's own way."""
        first, end = seqs("head_pose", frame % CYCLE)
        poses = POSES[first:end].copy()
        poses[:, 2] += FAR_M - frame * STEP_M % WALK_M
        self._ticks.signals.take("head_pose", poses, self.t)
        first, end = seqs("voice", frame % CYCLE)
        self._ticks.signals.take("voice", VOICE[first:end], self.t)


def _nowhere() -> Outbox:
    async def send(message: str) -> None:
        """Everything is written at once."""

    return Outbox(send, lambda message: True)


def _room(scenario: Scenario, number: int, recorder: Recorder, disk: Disk) -> ScriptedRoom:
    opening = Opening(
        scenario=scenario.id, scenario_sha256=scenario.sha256, profile="formative", profile_sha256="0" * 64,
        software="bench", seed=number, pseudonym="B", opened_at="2026-11-23T10:00:00.000000+00:00",
    )  # fmt: skip
    session, effects = Session.open(UUID(int=number + 1), scenario, opening)
    room = ScriptedRoom(
        session, recorder, opened=0.0, recording=lambda: Recording("disk", 0.0), grade=lambda room: None,
        newest=lambda room, request, member: None, disk=disk, counts=Counts(),
    )  # fmt: skip
    room.perform(effects)
    room.begin()
    return room


async def microseconds_per_tick(scenario: Scenario, folder: Path) -> float:
    """Play in all rooms; return what one tick of one room takes of the loop's thread, its pushes included."""
    recorder = Recorder(JournalWriter(folder, fdatasync=lambda file: None))
    running = asyncio.create_task(recorder.run())
    disk = Disk(folder, sessions=lambda: ROOMS)
    rooms = [_room(scenario, number, recorder, disk) for number in range(ROOMS)]
    spent = 0.0
    for tick in range(TICKS):
        for room in rooms:
            room.t = (tick + 1) * TICK_MS / 1000
            if tick % FRAME_TICKS == 0:
                room.take(tick // FRAME_TICKS)
        since = time.thread_time()
        for room in rooms:
            room.tick()
        await recorder.durable()
        if tick >= WARM_TICKS:
            spent += time.thread_time() - since
    recorder.close()
    await running
    return spent / ROOMS / (TICKS - WARM_TICKS) * 1e6


def main() -> None:
    """Measure and print."""
    for name in library.names():
        scenario = library.load(name)
        with tempfile.TemporaryDirectory(prefix="talkdown-bench-") as folder:
            cost = asyncio.run(microseconds_per_tick(scenario, Path(folder)))
        tell("ticks", cost, f"us of the loop per session and tick, {scenario.id}")


if __name__ == "__main__":
    main()
