"""One live session: its connections, its clock, and the doing of the core's effects in order."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from scenario_assets.language import Scenario
from session_server.core.codec import dump
from session_server.core.effects import Audience, Effect, Record, RecordSamples, Send, StartGrading
from session_server.core.errors import Refusal
from session_server.core.messages import Calibrate, Clock, GradePush, Hello, Recording, Reload, Request
from session_server.core.phases import Phase
from session_server.core.roles import Role, Sender, admit
from session_server.core.session import Session
from session_server.net.briefing_voice import BriefingVoice
from session_server.net.counts import Counts
from session_server.net.disk import Disk
from session_server.net.member import Member
from session_server.net.members import Members
from session_server.net.recorder import Recorder
from session_server.net.ticks import Ticks
from telemetry.clock import ClockFilter, Last
from telemetry.frames import Frame, Gap

log = logging.getLogger(__name__)

#: Frames of a session that may wait for company. A station sends one or two within a group; more come while the disk
#: does not sync, and once taken they count against the journal's bound.
WAITING_FRAMES: Final = 8
#: Runs whose clocks are remembered while they are away: a page that was reloaded does not come back.
KEPT_CLOCKS: Final = 16
#: Runs of sensors in one session: each has tracks of its own, and a program that fails may be started again and again.
SENSOR_RUNS: Final = 256


class _Door:
    """What is done in a room is done within it: the frames that came before go first, and a fault of ours ends the
    room and nothing else; the journal stays a whole prefix.

    A class, because a generator as context costs a microsecond in every frame and tick.
    """

    def __init__(self, room: "Room") -> None:
        self._room = room

    def __enter__(self) -> None:
        """Take the frames that wait."""
        if self._room.waiting:
            self._room.take_waiting()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        """Swallow a fault of ours, having ended the room."""
        if error is None or isinstance(error, Refusal) or not isinstance(error, Exception):
            return False
        log.error("session %s failed", self._room.session.id, exc_info=error)
        self._room.fail()
        return True


class Room:
    """The shell of one session. All methods run on the event loop and never wait."""

    def __init__(
        self, session: Session, recorder: Recorder, *, opened: float, recording: Callable[[], Recording],
        grade: Callable[["Room"], None], newest: Callable[["Room", Reload, Member], None], disk: Disk, counts: Counts,
    ) -> None:  # fmt: skip
        """``newest`` is asked for the newest version of the scenario, and calls ``reload`` with it."""
        self.session = session
        self._recorder = recorder
        #: When the session opened, on this process's monotonic clock.
        self.opened = opened
        self._grade = grade
        self._newest = newest
        self._disk = disk
        self._counts = counts
        self._members = Members(recorder, counts)
        self._ticks = Ticks(session, self._members, recorder, perform=self.perform, recording=recording)
        self._voice = BriefingVoice()
        self._clocks: dict[str, ClockFilter] = {}
        joined = [event for event in session.fold.history if event.type == "joined"]
        #: The names of those of whom there may be several, by role and run.
        self._names = {
            role: {str(e.data["run"]): e.actor for e in joined if e.data["role"] == role}
            for role in (Role.INSTRUCTOR, Role.SENSOR)
        }
        #: Frames that have come and are not yet looked at.
        self.waiting: list[Callable[[], None]] = []
        #: Since when nobody has been here, on the machine's monotonic clock.
        self.emptied_at = time.monotonic()
        #: After a fault of ours nothing more is done or recorded; the house rebuilds the session from its journal.
        self.failed = False
        #: What is done in this room is done within it.
        self.door = _Door(self)

    @property
    def members(self) -> Mapping[int, Member]:
        """The connections that are here, by number."""
        return self._members.here

    @property
    def attended(self) -> bool:
        """Whether anybody is here; a sensor that goes on sending is nobody."""
        return self._members.attended

    def now(self) -> float:
        """Return ``t``: seconds since the session opened, on this machine's monotonic clock."""
        return time.monotonic() - self.opened

    # --- clients -----------------------------------------------------------------------------------------------------

    def join(self, hello: Hello, member: Member) -> None:
        """Let a connection in, or raise ``Refusal``; an older connection of the trainee, or of a sensor, gives way."""
        with self.door:
            self._join(hello, member)

    def _join(self, hello: Hello, member: Member) -> None:
        if self.failed:
            raise Refusal("internal", "the session failed and is brought back from its record: connect again soon")
        effects = self.session.join(hello, member.sender, self.now())
        self._members.add(member)
        self._ticks.joined()
        member.clock = self._clock_of(member.run)
        self.perform(effects)
        if self.session.phase not in (Phase.LOBBY, Phase.CLOSED) and member.sender.role is not Role.SENSOR:
            self._ticks.show_stage(member.sender.connection, self.now())

    def leave(self, member: Member) -> None:
        """A connection is gone."""
        with self.door:
            if self._members.remove(member):
                if member.sender.role is not Role.SENSOR:
                    self.emptied_at = time.monotonic()
                self.perform(self.session.leave(member.sender, self.now()))

    def _clock_of(self, run: str) -> ClockFilter:
        """A run keeps its clock through reconnects, so that its times do not step when the line was cut."""
        clock = self._clocks.pop(run) if run in self._clocks else ClockFilter()
        self._clocks[run] = clock
        here = {member.run for member in self.members.values()}
        away = [known for known in self._clocks if known not in here]
        for known in away[:-KEPT_CLOCKS]:
            del self._clocks[known]
        return clock

    def restore_clocks(self, last: Mapping[tuple[int, int], Last]) -> None:
        """Go on with the clocks of runs as the journal left them; ``last`` is the newest row by track and epoch."""
        fold = self.session.fold
        runs: dict[str, dict[int, Last]] = {}
        tracks = {track.track: track for track in fold.tracks}
        for (number, epoch), row in last.items():
            track = tracks[number]
            of_run = runs.setdefault(track.run, {})
            if track.stream.origin == "station":
                of_run[epoch] = row.joined(of_run.get(epoch))
        for run in {*runs, *fold.epochs}:
            self._clocks[run] = ClockFilter.restored(fold.epochs.get(run, {}), runs.get(run, {}))

    def sender(self, hello: Hello, connection: int) -> Sender:
        """Name a connection: a run that comes back keeps its name. ``Refusal`` of sensors without end."""
        role = Role(hello.role)
        if role is Role.TRAINEE:
            return Sender("trainee", role, connection)
        names = self._names[role]
        if role is Role.SENSOR and str(hello.run) not in names and len(names) >= SENSOR_RUNS:
            told = f"{SENSOR_RUNS} runs of sensors have come, and no more may: is a program started again and again?"
            raise Refusal("forbidden", told)
        return Sender(names.setdefault(str(hello.run), f"{role}-{len(names) + 1}"), role, connection)

    def receive(self, request: Request, member: Member) -> None:
        """Do what a client asks."""
        with self.door:
            self._receive(request, member)

    def _receive(self, request: Request, member: Member) -> None:
        if self._recorder.full and not isinstance(request, Clock):
            raise Refusal("storage_full", "the disk does not take more; nothing is recorded until it does")
        if isinstance(request, Clock):
            received = self.now()
            answer = member.compare_clocks(request, received, self.now())
            self.perform(self._begun(member, received))
            member.outbox.put(dump(answer))
            return
        if isinstance(request, Reload):
            admit(request, member.sender, self.session.phase)
            self._newest(self, request, member)
            return
        if isinstance(request, Calibrate):
            outcome = self._voice.calibrate(request, self.session.fold.consent)
            self.perform(self.session.calibrated(outcome, request, member.sender, self.now()))
            return
        self.perform(self.session.receive(request, member.sender, self.now()))
        if self.session.phase is Phase.FROZEN:
            # No tick shows what has changed meanwhile.
            self._ticks.show_stage(Audience.ALL, self.now())
        elif self.session.phase is not Phase.BRIEFING:
            self._voice.forget()

    def reload(self, scenario: Scenario, faults: Sequence[str], request: Reload, member: Member) -> None:
        """Go on in the newest version of the scenario; ``faults`` are of a newer one yet that cannot be used."""
        if faults:
            message = f"the newest version has errors: {'; '.join(faults)}"
            self.refuse(member, request.ref, Refusal("not_reloadable", message, {"faults": list(faults)}))
            return
        with self.door:
            self.perform(self.session.reload(scenario, request, member.sender, self.now()))
            self._ticks.use(self.session.fold.scenario)
            if self.session.phase is Phase.FROZEN:
                self._ticks.show_stage(Audience.ALL, self.now())

    def gather(self, take: Callable[[], None]) -> None:
        """Call ``take``, which takes a frame that has come, in company.

        That is before anything else is done in this session, and with the other sessions' frames when their group goes
        to the disk, which it waits for anyway. One frame at a time, each is taken with cold caches and at twice the
        price.
        """
        if not self.waiting:
            self._recorder.before(self.take_waiting)
        self.waiting.append(take)
        if len(self.waiting) >= WAITING_FRAMES:
            self.take_waiting()

    def take_waiting(self) -> None:
        """Take the frames that wait."""
        waiting, self.waiting = self.waiting, []
        for take in waiting:
            try:
                take()
            except Exception:
                # It concerns the frame's connection, and neither the others nor who happens to be next here.
                log.exception("session %s: a frame could not be answered", self.session.id)

    def receive_frame(self, frame: Frame, member: Member, now: float) -> None:
        """Take a frame of samples that came at ``now``; ``Refusal`` where it is wrong, and then nothing has changed."""
        self._counts.frames += 1
        self._disk.admit_samples()
        if self._recorder.full:
            raise Refusal("storage_full", "the disk does not take more; keep the rows and send them again")
        with self.door:
            session, clock = self.session, member.clock
            fresh = session.fresh_rows(frame.blocks, member.sender, run=member.run)
            # A frame that was taken before teaches nothing: it may come as it was closed then.
            records = clock.place(frame.sealed_ms, fresh, now) if fresh else []
            effects = self._begun(member, now) if clock.begun else []
            effects += session.take_rows(frame.blocks, records, member.sender)
            # Only what is new: rows that are sent again must not move anybody back.
            tracks = session.fold.tracks
            for block in fresh:
                if isinstance(block, Gap):
                    # Nothing was measured in it; the signals go stale by themselves.
                    continue
                stream = tracks[block.track].stream.name
                self._ticks.signals.take(stream, block.values, now)
                if stream == "voice" and self.session.phase is Phase.BRIEFING:
                    self._voice.keep(block)
            self.perform(effects)

    def _begun(self, member: Member, now: float) -> list[Effect]:
        """Note the epochs that a client's clock has begun."""
        if not member.clock.begun:
            return []
        run, session = member.run, self.session
        effects: list[Effect] = []
        for began in member.clock.take_begun():
            effects += session.clock_began(began._asdict(), member.sender, run=run, now=now)
        return effects

    # --- time --------------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Run the scenario up to now; the owner must call this every 50 ms."""
        if self._ticks.due:
            with self.door:
                self._ticks.tick(self.now())

    # --- effects -----------------------------------------------------------------------------------------------------

    def perform(self, effects: list[Effect]) -> None:
        """Do effects in order; what they make visible leaves once their records are on disk."""
        if self.failed:
            return
        sends: list[Send] = []
        grade = False
        for effect in effects:
            match effect:
                case Record(event=event):
                    self._recorder.event(self.session.id, event)
                case RecordSamples(samples=samples):
                    self._recorder.samples(self.session.id, samples)
                case Send():
                    sends.append(effect)
                case StartGrading():
                    grade = True
                    sends.append(Send(Audience.ALL, GradePush(status="pending")))
        if grade:
            self._ticks.flush(self.now())
        if sends:
            self._members.tell(sends)
        if grade:
            self._grade(self)

    def refuse(self, member: Member, ref: int | None, refusal: Refusal) -> None:
        """Answer a refusal at once: it makes nothing visible."""
        self._members.refuse(member, ref, refusal)

    # --- faults ------------------------------------------------------------------------------------------------------

    def graded(self, status: str, reason: str | None) -> None:
        """Its report is stored, or cannot be made."""
        with self.door:
            self.perform(self.session.graded(status, reason, self.now()))

    def end(self, why: str) -> None:
        """The server ends the session: nobody has been here for too long."""
        with self.door:
            fold = self.session.fold
            self.perform(fold.apply("end", "system", {"reason": why}, *fold.times(self.now())))

    def restarted(self) -> None:
        """The server came back: everybody is gone, and a running scenario waits until the instructor lets it go on."""
        fold = self.session.fold
        for who in list(fold.present):
            t, ms = round(self.now(), 6), fold.engine.ms if fold.timeline.begun else None
            self.perform(fold.apply("left", who, {"who": who}, t, ms))
        if fold.phase is Phase.RUNNING:
            t, ms = round(self.now(), 6), fold.engine.ms
            self.perform(fold.apply("freeze", "system", {"reason": "server restarted"}, t, ms))
        elif fold.phase is Phase.DEBRIEF:
            self._grade(self)

    def fail(self) -> None:
        """End this room, which the house will rebuild from its record."""
        self.failed = True
        refusal = Refusal("internal", "the session failed on the server; it comes back from its record")
        for member in self.members.values():
            self.refuse(member, None, refusal)
        self.disconnect(1011)

    def disconnect(self, code: int) -> None:
        """Let everybody go."""
        self._members.disconnect(code)
