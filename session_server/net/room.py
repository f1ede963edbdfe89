"""One live session: its connections, its clock, and the doing of the core's effects in order."""

import logging
import math
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

import numpy as np

from session_server.core.codec import dump
from session_server.core.effects import Audience, Effect, Record, RecordSamples, Send, StartGrading
from session_server.core.errors import Refusal
from session_server.core.messages import (
    ActorState,
    Calibrate,
    Calibration,
    Clock,
    ClockAnswer,
    GradePush,
    Hello,
    LivePush,
    Message,
    Recording,
    Request,
    StagePush,
    Why,
)  # fmt: skip
from session_server.core.phases import Phase
from session_server.core.roles import Role, Sender
from session_server.core.session import Mapped, Session, refused
from session_server.net.outbox import Outbox
from session_server.net.recorder import Recorder
from session_server.net.signals import POSE_STALE_S, Signals
from session_server.net.streams_out import ServerStreams, eyes
from telemetry.clock import ClockFilter
from telemetry.errors import ClockError
from telemetry.frames import Block, Frame
from telemetry.voice.calibration import calibrate

log = logging.getLogger(__name__)

#: Stage and live pushes go out every second tick: 10 Hz, which the stage interpolates.
PUSH_EVERY: Final = 2
#: Runs whose clocks are remembered: a page that was reloaded does not come back.
KEPT_CLOCKS: Final = 16
#: Voice samples kept for calibration: two minutes of 50 Hz, over three times what the procedure takes.
KEPT_VOICE_ROWS: Final = 6000


class Member:
    """One connection in a room."""

    def __init__(self, sender: Sender, run: str, outbox: Outbox, close: Callable[[int], None]) -> None:
        """``clock`` is the run's own, which the room puts in place when the connection joins."""
        self.sender = sender
        self.run = run
        self.outbox = outbox
        self.close = close
        self.clock = ClockFilter()
        self._answered: tuple[float, float, float] | None = None

    def compare_clocks(self, request: Clock, received_t: float, now: float) -> ClockAnswer:
        """Answer one exchange, and learn from the one before it, whose fourth timestamp has come with this one."""
        previous = request.previous
        if previous and self._answered and previous.t0_ms == self._answered[0]:
            with suppress(ClockError):
                # A client whose clock runs backwards has contradicted itself; the exchanges before still count.
                self.clock.exchange(*self._answered, previous.t3_ms)
        self._answered = (request.t0_ms, received_t * 1000, now * 1000)
        return ClockAnswer(ref=request.ref, t0_ms=request.t0_ms, t1_ms=received_t * 1000, t2_ms=now * 1000)


class Room:
    """The shell of one session. All methods run on the event loop and never wait."""

    def __init__(
        self, session: Session, recorder: Recorder, *, opened: float, recording: Callable[[], Recording],
        grade: Callable[["Room"], None],
    ) -> None:  # fmt: skip
        self.session = session
        self.members: dict[int, Member] = {}
        self._recorder = recorder
        self._opened = opened
        self._recording = recording
        self._grade = grade
        self._signals = Signals(session.fold.scenario)
        self._streams = ServerStreams(session.fold.tracks)
        self._voice: deque[Block] = deque()
        self._clocks: dict[str, ClockFilter] = {}
        self._ticks = 0
        joined = [event for event in session.fold.history if event.type == "joined"]
        self._instructors = sum(event.data["role"] == Role.INSTRUCTOR for event in joined)

    def now(self) -> float:
        """Return ``t``: seconds since the session opened, on this machine's monotonic clock."""
        return time.monotonic() - self._opened

    # --- clients -----------------------------------------------------------------------------------------------------

    def join(self, hello: Hello, member: Member) -> None:
        """Let a connection in, or raise ``Refusal``; an older connection of the trainee gives way."""
        effects = self.session.join(hello, member.sender, self.now())
        if member.sender.role is Role.TRAINEE:
            for other in [m for m in self.members.values() if m.sender.role is Role.TRAINEE]:
                other.close(4001)
                self.members.pop(other.sender.connection)
        self.members[member.sender.connection] = member
        member.clock = self._clock_of(member.run)
        self.perform(effects)
        if self.session.phase not in (Phase.LOBBY, Phase.CLOSED):
            self._push_stage(member.sender.connection)

    def leave(self, member: Member) -> None:
        """A connection is gone."""
        if self.members.pop(member.sender.connection, None) is not None:
            self.perform(self.session.leave(member.sender, self.now()))

    def _clock_of(self, run: str) -> ClockFilter:
        """A run keeps its clock through reconnects, so that its times do not step when the line was cut."""
        if run not in self._clocks and len(self._clocks) >= KEPT_CLOCKS:
            self._clocks.pop(next(iter(self._clocks)))
        return self._clocks.setdefault(run, ClockFilter())

    def next_sender(self, role: Role, connection: int) -> Sender:
        """Name a new connection."""
        if role is Role.TRAINEE:
            return Sender("trainee", role, connection)
        self._instructors += 1
        return Sender(f"instructor-{self._instructors}", role, connection)

    def receive(self, request: Request, member: Member) -> None:
        """Do what a client asks."""
        if self._recorder.full and not isinstance(request, Clock):
            raise Refusal("storage_full", "the disk does not take more; nothing is recorded until it does")
        if isinstance(request, Clock):
            received = self.now()
            member.outbox.put(dump(member.compare_clocks(request, received, self.now())))
        elif isinstance(request, Calibrate):
            outcome = self._calibrate(request, member)
            self.perform(self.session.calibrated(outcome, request, member.sender, self.now()))
        else:
            self.perform(self.session.receive(request, member.sender, self.now()))

    def receive_frame(self, frame: Frame, member: Member) -> None:
        """Take a frame of samples; ``Refusal`` where it is wrong, and then nothing has changed."""
        if self._recorder.full:
            raise Refusal("storage_full", "the disk does not take more; keep the rows and send them again")
        now = self.now()
        member.clock.observe(frame.sealed_ms, now)
        mapped = Mapped(member.clock.offset_s, member.clock.bound_s, now)
        effects = self.session.receive_rows(frame.blocks, member.sender, mapped, run=member.run)
        for block in frame.blocks:
            stream = self.session.fold.tracks[block.track].stream.name
            self._signals.take(stream, block.values, now)
            if stream == "voice" and self.session.phase is Phase.BRIEFING:
                self._keep_voice(block)
        self.perform(effects)

    # --- time --------------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Run the scenario up to now; the owner must call this every 50 ms."""
        fold, now = self.session.fold, self.now()
        if fold.phase is not Phase.RUNNING:
            return
        near = self._signals.proximity(fold.engine.actors, now)
        self.perform(self.session.tick(self._signals.read(near, self._baseline(), now), now))
        self._streams.add(now, self._actors(), near, fold.engine.states)
        self._flush_streams(all=fold.phase is not Phase.RUNNING)
        self._ticks += 1
        if self._ticks % PUSH_EVERY == 0 or fold.phase is not Phase.RUNNING:
            self._push_stage(Audience.ALL)
            self._push_live({name: one.distance for name, one in near.items()})

    # --- effects -----------------------------------------------------------------------------------------------------

    def perform(self, effects: list[Effect]) -> None:
        """Do effects in order; what they make visible leaves once their records are on disk."""
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
            self._flush_streams(all=True)
        if sends:
            self._recorder.after(partial(self._deliver, sends))
        if grade:
            self._grade(self)

    def refuse(self, member: Member, ref: int | None, refusal: Refusal) -> None:
        """Answer a refusal at once: it makes nothing visible."""
        self._deliver([refused(member.sender.connection, ref, refusal)])

    def _deliver(self, sends: list[Send]) -> None:
        for send in sends:
            message: bytes | None = None
            for member in self._addressed(send.to):
                message = message or dump(send.message)
                self._put(member, send.message, message)

    @staticmethod
    def _put(member: Member, message: Message, text: bytes) -> None:
        if isinstance(message, StagePush | LivePush):
            member.outbox.post(message.type, text)
        else:
            member.outbox.put(text)

    def _addressed(self, to: int | Audience) -> list[Member]:
        if isinstance(to, int):
            member = self.members.get(to)
            return [member] if member else []
        everyone = self.members.values()
        return [m for m in everyone if to is Audience.ALL or m.sender.role is Role.INSTRUCTOR]

    def _push_stage(self, to: int | Audience) -> None:
        fold, now = self.session.fold, self.now()
        push = StagePush(t=round(now, 3), ms=fold.engine.ms, actors=self._actors())
        self._recorder.after(partial(self._deliver, [Send(to, push)]))

    def _actors(self) -> dict[str, ActorState]:
        """Everybody as they stand now; those who face the trainee look where the trainee really is."""
        pose = self._signals.pose(self.now(), within=POSE_STALE_S)
        views = self.session.fold.engine.actors_facing((pose[0], pose[2]) if pose else None)
        return {name: eyes(view) for name, view in views.items()}

    def _push_live(self, distance: dict[str, float]) -> None:
        if not self._addressed(Audience.INSTRUCTORS):
            return
        fold, now = self.session.fold, self.now()
        push = LivePush(
            t=round(now, 3), ms=fold.engine.ms, pose=self._signals.pose(now, within=POSE_STALE_S),
            voice=self._signals.voice(now, within=POSE_STALE_S, baseline=self._baseline()),
            distance={name: round(value, 3) for name, value in distance.items()},
            states={name: round(value, 2) for name, value in fold.engine.states.items()},
            why={
                name: Why(cause.label, cause.rate, fold.timeline.t(cause.ms))
                for name, cause in fold.engine.causes.items()
            },
            nodes=dict(fold.engine.nodes), recording=self._recording(),
        )  # fmt: skip
        self._recorder.after(partial(self._deliver, [Send(Audience.INSTRUCTORS, push)]))

    # --- voice -------------------------------------------------------------------------------------------------------

    def _baseline(self) -> float | None:
        calibration = self.session.fold.calibration
        return calibration.baseline_lufs if calibration and calibration.accepted else None

    def _keep_voice(self, block: Block) -> None:
        self._voice.append(block)
        while sum(len(kept.client_ms) for kept in self._voice) > KEPT_VOICE_ROWS:
            self._voice.popleft()

    def _calibrate(self, request: Calibrate, member: Member) -> Calibration:
        """Measure the two spans from the samples that were received, not from what the client says it heard."""
        times = np.concatenate([block.client_ms for block in self._voice] or [np.empty(0)])
        values = np.concatenate([block.values for block in self._voice] or [np.empty((0, 5), np.float32)])
        room, voice = (
            values[(times >= start) & (times <= end)] for start, end in (request.room_ms, request.voice_ms)
        )
        consent = self.session.fold.consent or {}
        settings = consent.get("settings")
        agc = settings.get("autoGainControl") if isinstance(settings, dict) else None
        measured = calibrate(room[:, 1], voice[:, 1], voice[:, 2], voice[:, 3], agc)
        return Calibration(
            measured.accepted, _finite(measured.baseline_lufs), _finite(measured.noise_lufs), _finite(measured.snr_db),
            round(measured.speech_s, 2), _finite(measured.clipped) or 0.0, tuple(measured.reasons),
        )  # fmt: skip

    def _flush_streams(self, *, all: bool) -> None:
        for block in self._streams.blocks(all=all):
            self.perform(self.session.server_rows(block, self.now()))

    # --- faults ------------------------------------------------------------------------------------------------------

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
        """Our fault: say so and let everybody go."""
        refusal = Refusal("internal", "the session failed on the server; its record up to here is kept")
        for member in self.members.values():
            self.refuse(member, None, refusal)
        self.disconnect(1011)

    def disconnect(self, code: int) -> None:
        """Let everybody go."""
        for member in list(self.members.values()):
            member.close(code)


def _finite(value: float) -> float | None:
    """A level of nothing is minus infinity or nan, for which JSON has no word."""
    return round(value, 3) if math.isfinite(value) else None
