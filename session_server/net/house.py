"""All sessions of this node: opening, finding, ticking, and rebuilding them after a crash."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import session_server
from scenario_assets.runtime import TICK_MS
from scoring import Profile, UnreviewedError, check_use
from session_server.core.effects import Record
from session_server.core.errors import Refusal
from session_server.core.messages import Hello, Recording, Reload
from session_server.core.opening import Opening
from session_server.core.phases import ENDED, Phase
from session_server.core.replay import replay
from session_server.core.session import Session
from session_server.net import auth
from session_server.net.counts import Counts
from session_server.net.disk import Disk
from session_server.net.member import Member
from session_server.net.recorder import Recorder
from session_server.net.recovery import Found, find
from session_server.net.room import Room
from session_server.net.scenarios import Shelf
from telemetry.journal import Damage
from telemetry.records import EventRecord
from telemetry.streams import Sensor

log = logging.getLogger(__name__)

#: Late by more than this, the ticker says so: the machine is too small for its sessions.
LATE_S: Final = 0.5
#: Ticks of many sessions are done in slices no longer than this. A commit is answered after some five turns of the
#: loop, so this is a tenth of what a busy node adds to an acknowledgement.
SLICE_S: Final = 0.002
#: Ticks between two looks for sessions that nobody attends any more: a second.
LOOK_TICKS: Final = 20
#: A session nobody has attended for so long is over; until then, somebody may come back after lunch.
UNATTENDED_S: Final = 12 * 3600.0
#: A closed session that nobody looks at any more leaves memory after this; its record is in the database.
CLOSED_S: Final = 60.0
#: The last word on a session whose newest events may be lost is numbered beyond any that the database may have: with
#: twenty requests and twenty ticks a second, beyond those of seven hours.
NUMBERS_IN_DOUBT: Final = 1_000_000


class House:
    """The rooms of this node."""

    def __init__(
        self, shelf: Shelf, recorder: Recorder, *, journal: Path, key: str, profile: Profile,
        recording: Callable[[], Recording], grade: Callable[[Room], None], disk: Disk, sensors: Sequence[Sensor] = (),
    ) -> None:  # fmt: skip
        self.shelf = shelf
        self.recorder = recorder
        self.rooms: dict[UUID, Room] = {}
        self.key = key
        self.journal = journal
        self._profile = profile
        self._recording = recording
        self._grade = grade
        self.disk = disk
        self.counts = Counts()
        #: What the journal could not give back at the start.
        self.damage: list[Damage] = []
        self._sensors = [sensor.to_json() for sensor in sensors]
        self._guesses = auth.Guesses()
        self._connections = 0
        self._codes: dict[str, UUID] = {}
        #: Sessions that failed, by code, until they are back from their record: whoever knows one may wait for it.
        self._reviving: dict[str, UUID] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # --- sessions ----------------------------------------------------------------------------------------------------

    def open(self, scenario: str, *, pseudonym: str, seed: int | None = None, locale: str | None = None) -> Room:
        """Open a session of ``scenario`` in this language; ``Refusal`` where there is none, or no room."""
        chosen = self.shelf[scenario]
        if self.recorder.failure is not None:
            raise Refusal("storage_full", f"nothing can be recorded at present: {self.recorder.failure}")
        self.disk.admit_session()
        if locale is not None and locale != chosen.locale and locale not in chosen.locales:
            known = ", ".join((chosen.locale, *chosen.locales))
            raise Refusal("unknown_name", f"{scenario} does not speak {locale!r}; known: {known}")
        try:
            check_use(self._profile, chosen)
        except UnreviewedError as error:
            raise Refusal("forbidden", str(error)) from error
        identity = uuid4()
        while auth.normal(self.code(identity)) in self._codes:
            identity = uuid4()
        # Both clocks at one moment: what the opening of a session takes must not part them.
        opened_at, opened = datetime.now(UTC), time.monotonic()
        opening = Opening(
            scenario=chosen.id, scenario_sha256=chosen.sha256, profile=self._profile.name,
            profile_sha256=self._profile.sha256, software=session_server.__version__,
            seed=secrets.randbits(31) if seed is None else seed, pseudonym=pseudonym,
            opened_at=opened_at.isoformat(timespec="microseconds"), locale=locale, sensors=self._sensors,
        )  # fmt: skip
        session, effects = Session.open(identity, chosen, opening)
        room = self._add(session, opened)
        room.perform(effects)
        log.info("session %s opened: %s", identity, chosen.id)
        return room

    def code(self, session: UUID) -> str:
        """Return the trainee's code of a session."""
        return auth.code_of(session, self.key)

    def running(self) -> int:
        """Count the sessions that have not ended."""
        return sum(room.session.phase not in ENDED for room in self.rooms.values())

    def forget(self, room: Room) -> None:
        """Drop a closed session; its record stays."""
        self.rooms.pop(room.session.id, None)
        self._codes.pop(auth.normal(self.code(room.session.id)), None)
        self.recorder.forget(room.session.id)

    def rebuild(self, id: UUID, found: Found, *, opened: float | None = None) -> None:
        """Bring a session back from its journal after a crash or restart; a running scenario comes back frozen.

        ``opened`` is when it opened on this process's monotonic clock, if it was this one that opened it.
        One that cannot be rebuilt is closed in the record, which is kept as it is; it must not stop the others.
        """
        try:
            if found.gap:
                raise ValueError(f"events are missing from the journal after {len(found.events)}")
            if found.in_doubt:
                raise ValueError("the journal is damaged where this session's newest events and rows may have been")
            fold, unwritten = replay(id, found.events, self.shelf.played)
            if unknown := found.tracks.keys() - {track.track for track in fold.tracks}:
                raise ValueError(f"the events that opened tracks {sorted(unknown)} are missing from the journal")
        except Exception as error:
            log.error("session %s cannot go on, its record is kept as it is: %s", id, type(error).__name__)
            log.debug("session %s", id, exc_info=error)
            self._abandon(id, found, type(error).__name__)
            return
        for track, next_seq in found.tracks.items():
            fold.tracks.advance(track, next_seq)
        if opened is None:
            opened = time.monotonic() - self._elapsed(fold.opening["opened_at"], found)
        self.recorder.resume(id, found.chain)
        room = self._add(Session(fold), opened)
        room.restore_clocks(found.clocks)
        room.perform([Record(event) for event in unwritten])
        if fold.phase is Phase.CLOSED:
            self.forget(room)
            return
        room.restarted()
        log.info("session %s rebuilt: %s, %d events", id, fold.phase, fold.seq)

    @staticmethod
    def _elapsed(opened_at: object, found: Found) -> float:
        """Session time now: the machine may have been rebooted, so it goes on by the wall clock, and never back."""
        return max((datetime.now(UTC) - datetime.fromisoformat(str(opened_at))).total_seconds(), found.until_t)

    def _abandon(self, id: UUID, found: Found, why: str) -> None:
        """Close the record of a session that nobody can play on, so that it is not taken up at every start."""
        last = found.last
        self.recorder.resume(id, found.chain)
        data = {"phase": str(Phase.CLOSED), "reason": f"abandoned: {why}"}
        seq = last.seq + (NUMBERS_IN_DOUBT if found.in_doubt else 1)
        self.recorder.event(id, EventRecord(seq, last.t, last.ms, "system", "phase", data))
        self.recorder.forget(id)

    def _add(self, session: Session, opened: float) -> Room:
        room = Room(
            session, self.recorder, opened=opened, recording=self._recording, grade=self._grade, newest=self._newest,
            disk=self.disk, counts=self.counts,
        )  # fmt: skip
        self.rooms[session.id] = room
        self._codes[auth.normal(self.code(session.id))] = session.id
        return room

    # --- versions ---------------------------------------------------------------------------------------------------

    async def refreshed(self, scenario: str) -> tuple[str, ...]:
        """Take the scenario's file again if it was edited; what is wrong with it, if it cannot be used."""
        await asyncio.to_thread(self.shelf.refresh, scenario)
        return self.shelf.faults.get(scenario, ())

    def _newest(self, room: Room, request: Reload, member: Member) -> None:
        self._start(self._reload(room, request, member), f"reload-{room.session.id}")

    async def _reload(self, room: Room, request: Reload, member: Member) -> None:
        name = room.session.fold.scenario.id
        try:
            faults = await self.refreshed(name)
            room.reload(self.shelf[name], faults, request, member)
        except Refusal as refusal:
            room.refuse(member, request.ref, refusal)
        except Exception:
            log.exception("session %s could not be reloaded", room.session.id)
            room.refuse(member, request.ref, Refusal("internal", "the scenario could not be read; it is logged"))

    # --- connections -------------------------------------------------------------------------------------------------

    def admit(self, hello: Hello, address: str) -> Room:
        """Return the room that ``hello`` may enter; ``Refusal`` where the code, the key or the session is wrong."""
        if hello.role != "instructor":
            code = auth.normal(hello.code or "")
            id = self._codes.get(code)
            if id is None and code in self._reviving:
                raise _returning()
            if id is None:
                self._wrong(address)
                raise Refusal("unknown_session", "no open session has this code; let the instructor read it out again")
            return self.rooms[id]
        if not auth.same(hello.key or "", self.key):
            self._wrong(address)
            raise Refusal("bad_key", "the console key is wrong; it is part of the link that the server prints")
        room = self.rooms.get(hello.session) if hello.session else None
        if room is None and hello.session in self._reviving.values():
            raise _returning()
        if room is None:
            raise Refusal("unknown_session", f"no open session has the id {hello.session}")
        return room

    def may_read(self, bearer: str, session: UUID | None, address: str) -> bool:
        """Whether ``bearer`` is the console key, or the code of just this session."""
        if auth.same(bearer, self.key):
            return True
        if session is not None and auth.same(auth.normal(bearer), auth.normal(self.code(session))):
            return True
        self._wrong(address)
        return False

    def _wrong(self, address: str) -> None:
        """Count a wrong secret, and slow down who guesses; a right one is never held up."""
        now = time.monotonic()
        self._guesses.check(address, now)
        self._guesses.failed(address, now)

    def next_connection(self) -> int:
        """Number a connection."""
        self._connections += 1
        return self._connections

    # --- time --------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Tick every room each 50 ms, on a fixed raster; the owner must cancel this task."""
        step, ticks = TICK_MS / 1000, 0
        due = time.monotonic() + step
        while True:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            late = time.monotonic() - due
            self.counts.lag.add(late)
            if late > LATE_S:
                log.warning("ticks are %.1f s late with %d sessions", late, len(self.rooms))
                due = time.monotonic()
            due += step
            since, ticks = time.monotonic(), ticks + 1
            for room in list(self.rooms.values()):
                room.tick()
                if room.failed:
                    self._revive(room)
                elif ticks % LOOK_TICKS == 0 and not room.attended:
                    self._unattended(room)
                if time.monotonic() - since > SLICE_S:
                    # Frames and requests of others come in between.
                    await asyncio.sleep(0)
                    since = time.monotonic()

    def _unattended(self, room: Room) -> None:
        """Let go of a closed session, and end one that everybody has left for good."""
        empty_s = time.monotonic() - room.emptied_at
        if room.session.phase is Phase.CLOSED and empty_s > CLOSED_S:
            self.forget(room)
        elif room.session.phase not in ENDED and empty_s > UNATTENDED_S:
            room.end(f"nobody was here for {UNATTENDED_S / 3600:.0f} hours")

    def _revive(self, room: Room) -> None:
        """Bring a session that failed back from its record."""
        self.forget(room)
        self._reviving[auth.normal(self.code(room.session.id))] = room.session.id
        self._start(self._from_record(room), f"revive-{room.session.id}")

    def _start(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _from_record(self, room: Room) -> None:
        id = room.session.id
        try:
            # With a disk that is full this takes until it is not.
            await self.recorder.durable()
            found = await asyncio.to_thread(find, self.journal)
            if id in found:
                self.rebuild(id, found[id], opened=room.opened)
        finally:
            self._reviving.pop(auth.normal(self.code(id)), None)


def _returning() -> Refusal:
    """What a client is told whose session is being brought back: to come again."""
    return Refusal("internal", "the session failed and is brought back from its record; connect again in a moment")
