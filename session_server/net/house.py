"""All sessions of this node: opening, finding, ticking, and rebuilding them after a crash."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid4

import session_server
from scenario_assets.language import Scenario
from scenario_assets.runtime import TICK_MS
from scoring import Profile
from session_server.core.effects import Record
from session_server.core.errors import Refusal
from session_server.core.messages import Hello, Recording
from session_server.core.opening import Opening
from session_server.core.phases import Phase
from session_server.core.replay import Divergence, replay
from session_server.core.session import Session
from session_server.net import auth
from session_server.net.recorder import Recorder
from session_server.net.room import Room
from session_server.net.scenarios import Shelf
from telemetry.records import EventRecord

log = logging.getLogger(__name__)

#: Late by more than this, the ticker says so: the machine is too small for its sessions.
LATE_S: Final = 0.5


class House:
    """The rooms of this node."""

    def __init__(
        self, shelf: Shelf, recorder: Recorder, *, key: str, profile: Profile,
        recording: Callable[[], Recording], grade: Callable[[Room], None],
    ) -> None:  # fmt: skip
        self.shelf = shelf
        self.recorder = recorder
        self.rooms: dict[UUID, Room] = {}
        self.key = key
        self._profile = profile
        self._recording = recording
        self._grade = grade
        self._guesses = auth.Guesses()
        self._connections = 0

    # --- sessions ----------------------------------------------------------------------------------------------------

    def open(self, scenario: str, *, pseudonym: str, seed: int | None = None) -> Room:
        """Open a session of ``scenario``; ``Refusal`` where there is no such scenario."""
        chosen = self.shelf[scenario]
        identity = uuid4()
        while any(self.code(other) == self.code(identity) for other in self.rooms):
            identity = uuid4()
        opening = Opening(
            scenario=chosen.id, scenario_sha256=chosen.sha256, profile=self._profile.name,
            profile_sha256=self._profile.sha256, software=session_server.__version__,
            seed=secrets.randbits(31) if seed is None else seed, pseudonym=pseudonym,
            opened_at=datetime.now(UTC).isoformat(timespec="microseconds"),
        )  # fmt: skip
        session, effects = Session.open(identity, chosen, opening)
        room = self._add(session, time.monotonic())
        room.perform(effects)
        log.info("session %s opened: %s", identity, chosen.id)
        return room

    def code(self, session: UUID) -> str:
        """Return the trainee's code of a session."""
        return auth.code_of(session, self.key)

    def forget(self, room: Room) -> None:
        """Drop a closed session; its record stays."""
        self.rooms.pop(room.session.id, None)
        self.recorder.forget(room.session.id)

    def rebuild(self, id: UUID, records: list[EventRecord], chain: bytes, tracks: dict[int, int]) -> None:
        """Bring a session back from its journal after a crash or restart; a running scenario comes back frozen."""
        try:
            fold, unwritten = replay(id, records, self._scenario)
        except (Divergence, Refusal) as error:
            log.error("session %s cannot go on, its record is kept as it is: %s", id, error)
            self._abandon(id, records[-1], chain, str(error))
            return
        if fold.phase is Phase.CLOSED:
            return
        for track, next_seq in tracks.items():
            fold.tracks.advance(track, next_seq)
        opened_at = datetime.fromisoformat(str(fold.opening["opened_at"]))
        # The machine may have been rebooted: session time goes on by the wall clock, and never back.
        elapsed = max((datetime.now(UTC) - opened_at).total_seconds(), records[-1].t)
        self.recorder.resume(id, chain)
        room = self._add(Session(fold), time.monotonic() - elapsed)
        room.perform([Record(event) for event in unwritten])
        room.restarted()
        log.info("session %s rebuilt: %s, %d events", id, fold.phase, fold.seq)

    def _abandon(self, id: UUID, last: EventRecord, chain: bytes, why: str) -> None:
        """Close the record of a session that nobody can play on, so that it is not taken up at every start."""
        self.recorder.resume(id, chain)
        data = {"phase": str(Phase.CLOSED), "reason": f"abandoned: {why}"}
        self.recorder.event(id, EventRecord(last.seq + 1, last.t, last.ms, "system", "phase", data))
        self.recorder.forget(id)

    def _scenario(self, opening: Opening) -> Scenario:
        scenario = self.shelf[opening.scenario]
        if scenario.sha256 != opening.scenario_sha256:
            raise Refusal("unknown_name", f"scenario {scenario.id!r} has changed since the session was opened")
        return scenario

    def _add(self, session: Session, opened: float) -> Room:
        room = Room(session, self.recorder, opened=opened, recording=self._recording, grade=self._grade)
        self.rooms[session.id] = room
        return room

    # --- connections -------------------------------------------------------------------------------------------------

    def admit(self, hello: Hello, address: str) -> Room:
        """Return the room that ``hello`` may enter; ``Refusal`` where the code, the key or the session is wrong."""
        now = time.monotonic()
        self._guesses.check(address, now)
        try:
            return self._trainee_room(hello) if hello.role == "trainee" else self._instructor_room(hello)
        except Refusal as refusal:
            if refusal.code in ("unknown_session", "bad_key"):
                self._guesses.failed(address, now)
            raise

    def may_read(self, bearer: str, session: UUID | None, address: str) -> bool:
        """Whether ``bearer`` is the console key, or the code of just this session."""
        now = time.monotonic()
        self._guesses.check(address, now)
        allowed = auth.same(bearer, self.key) or (
            session is not None and auth.same(auth.normal(bearer), auth.normal(self.code(session)))
        )
        if not allowed:
            self._guesses.failed(address, now)
        return allowed

    def next_connection(self) -> int:
        """Number a connection."""
        self._connections += 1
        return self._connections

    def _trainee_room(self, hello: Hello) -> Room:
        code = auth.normal(hello.code or "")
        for id, room in self.rooms.items():
            if auth.same(code, auth.normal(self.code(id))):
                return room
        raise Refusal("unknown_session", "no open session has this code; ask the instructor to read it out again")

    def _instructor_room(self, hello: Hello) -> Room:
        if not auth.same(hello.key or "", self.key):
            raise Refusal("bad_key", "the console key is wrong; it is part of the link that the server prints")
        room = self.rooms.get(hello.session) if hello.session else None
        if room is None:
            raise Refusal("unknown_session", f"no open session has the id {hello.session}")
        return room

    # --- time --------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Tick every room each 50 ms, on a fixed raster; the owner must cancel this task."""
        step = TICK_MS / 1000
        due = time.monotonic() + step
        while True:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            late = time.monotonic() - due
            if late > LATE_S:
                log.warning("ticks are %.1f s late with %d sessions", late, len(self.rooms))
                due = time.monotonic()
            due += step
            for room in list(self.rooms.values()):
                self._tick(room)

    def _tick(self, room: Room) -> None:
        try:
            room.tick()
        except Exception:
            # One session's fault must not stop the others' time.
            log.exception("session %s failed in its tick and is ended", room.session.id)
            self.forget(room)
            room.fail()
