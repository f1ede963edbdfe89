"""A room under a disk that refuses, a fault of ours, frames that wait: nothing overtakes, nothing is left unsaid."""

import asyncio
import json
import logging
import os
from functools import partial
from pathlib import Path
from typing import Self
from uuid import UUID

import pytest

from scenario_assets import library
from session_server.core.errors import Refusal
from session_server.core.messages import Begin, ClientInfo, Consent, Freeze, Goto, Hello, Recording
from session_server.core.opening import Opening
from session_server.core.roles import Role
from session_server.core.session import Session
from session_server.net.counts import Counts
from session_server.net.disk import Disk
from session_server.net.member import Member
from session_server.net.outbox import Outbox
from session_server.net.recorder import Recorder
from session_server.net.room import Room
from telemetry.frames import decode, encode, encode_block
from telemetry.journal import JournalWriter

STREAMS = {Role.TRAINEE: {"head_pose": 72.0}, Role.INSTRUCTOR: {}}


class Failing:
    """A disk whose syncs fail while it is told to."""

    def __init__(self) -> None:
        self.fails = False

    def __call__(self, fd: int) -> None:
        if self.fails:
            raise OSError(5, "told to fail")
        os.fdatasync(fd)


class Stand(Room):
    """A room whose time stands where the test sets it; what each connection is told, and how it is closed."""

    def __init__(self, folder: Path, disk: Failing) -> None:
        self.recorder = Recorder(JournalWriter(folder / "journal", fdatasync=disk))
        scenario = library.load("bridge-parapet")
        opening = Opening(
            scenario=scenario.id, scenario_sha256=scenario.sha256, profile="formative", profile_sha256="0" * 64,
            software="test", seed=1, pseudonym="T", opened_at="2026-11-23T10:00:00.000000+00:00",
        )  # fmt: skip
        session, effects = Session.open(UUID(int=1), scenario, opening)
        self.t = 0.0
        self.told: dict[int, list[dict[str, object]]] = {}
        super().__init__(
            session, self.recorder, opened=0.0, recording=lambda: Recording("storing", 0.0), grade=lambda room: None,
            newest=lambda room, request, member: None, disk=Disk(folder, sessions=lambda: 1), counts=Counts(),
        )  # fmt: skip
        self.perform(effects)

    def now(self) -> float:
        return self.t

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self.recorder.run())
        return self

    async def __aexit__(self, *error: object) -> None:
        self.recorder.close()
        await self._running

    def let_in(self, role: Role, connection: int) -> Member:
        """Join; raises `Refusal`."""

        async def send(message: str) -> None:
            """All is written at once."""

        def write(message: bytes) -> bool:
            self.told.setdefault(connection, []).append(json.loads(message))
            return True

        hello = Hello(
            ref=1, protocol=1, role=role.value, run=UUID(int=connection), client=ClientInfo("test", "bot"),
            streams=STREAMS[role],
        )  # fmt: skip
        member = Member(self.sender(hello, connection), str(hello.run), Outbox(send, write), lambda code: None)
        self.join(hello, member)
        return member

    def begin(self) -> Member:
        """Let the scenario run; returns the trainee."""
        trainee = self.let_in(Role.TRAINEE, 1)
        self.receive(Consent(ref=2, content=True, microphone=False), trainee)
        self.receive(Begin(ref=3), trainee)
        return trainee

    def pass_s(self, seconds: float) -> None:
        """Let time pass, in ticks."""
        for _ in range(round(seconds * 20)):
            self.t += 0.05
            self.tick()

    def last(self, connection: int, kind: str) -> dict[str, object]:
        """Return the newest message of a kind that a connection was told."""
        return [message for message in self.told[connection] if message["type"] == kind][-1]


async def failing(room: Stand) -> None:
    """Let time pass until the disk is known to fail."""
    room.pass_s(1.0)
    while room.recorder.failure is None:  # noqa: ASYNC110 - only asking tells
        await asyncio.sleep(0.01)


async def test_what_changed_while_the_disk_refused_is_shown_once_it_takes_it(tmp_path: Path) -> None:
    disk = Failing()
    async with Stand(tmp_path, disk) as room:
        room.begin()
        console = room.let_in(Role.INSTRUCTOR, 2)
        room.pass_s(0.5)
        await room.recorder.durable()
        ways, stage = room.last(2, "ways"), room.last(1, "stage")
        disk.fails = True
        await failing(room)
        room.receive(Goto(ref=4, region="person", node="let_near.at_the_rail"), console)
        room.pass_s(3)
        room.receive(Freeze(ref=5), console)
        room.pass_s(0.5)
        disk.fails = False
        await room.recorder.durable()
        room.pass_s(0.2)
        await room.recorder.durable()
        assert room.last(1, "stage")["actors"] != stage["actors"]
        assert room.last(2, "ways")["regions"] != ways["regions"]


async def test_who_comes_to_a_room_that_fails_is_told_to_come_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Stand(tmp_path, Failing()) as room:
        room.begin()

        def fault() -> None:
            with room.door:
                raise RuntimeError("a fault of ours")

        room.gather(fault)
        with caplog.at_level(logging.CRITICAL), pytest.raises(Refusal, match="brought back") as refused:
            room.let_in(Role.INSTRUCTOR, 2)
        assert refused.value.code == "internal"
        assert 2 not in room.members


async def test_nothing_overtakes_a_frame_that_waits(tmp_path: Path) -> None:
    async with Stand(tmp_path, Failing()) as room:
        room.begin()
        order: list[int] = []
        for overtake in (partial(room.end, "nobody was here"), partial(room.graded, "failed", "no rows")):
            room.gather(lambda: order.append(room.session.fold.seq))
            seq = room.session.fold.seq
            overtake()
            assert order.pop() == seq < room.session.fold.seq


async def test_a_frame_that_comes_again_as_it_was_tells_nothing_of_its_clock(tmp_path: Path) -> None:
    async with Stand(tmp_path, Failing()) as room:
        trainee = room.begin()
        [track] = [track for track in room.session.fold.tracks if track.stream.name == "head_pose"]
        frames = [
            decode(encode(at * 100.0, [encode_block(track.track, at, [at * 100.0 - 5], [[0.5] * 7])]))
            for at in range(1, 30)
        ]
        frames = [decode(encode(0.0, [encode_block(track.track, 0, [0.0], [[0.5] * 7])])), *frames]
        for at, frame in enumerate(frames):
            room.t = 1 + at * 0.1
            room.receive_frame(frame, trainee, room.t)
        room.receive_frame(frames[10], trainee, room.t)
        assert not [event for event in room.session.fold.history if event.type == "clock_epoch"]
        assert room.session.fold.tracks[track.track].next_seq == len(frames)


async def test_one_frame_that_cannot_be_answered_costs_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Stand(tmp_path, Failing()) as room:
        room.begin()
        taken: list[int] = []

        def broken() -> None:
            raise ConnectionError("gone")

        room.gather(broken)
        room.gather(lambda: taken.append(1))
        with caplog.at_level(logging.CRITICAL):
            room.pass_s(0.05)
        assert taken == [1]
        assert not room.failed
