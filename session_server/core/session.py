"""One session: what its clients may ask, what they are answered, and the rows they send. Sans-I/O.

The caller must hand in ``now``, seconds since the session opened, never decreasing; must do the returned effects in
their order; and must call ``tick`` at least every 50 ms while the scenario runs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Final, Self
from uuid import UUID

from scenario_assets.language import Scenario
from scenario_assets.runtime import TICK_MS
from session_server.core import inputs, versions
from session_server.core.effects import Effect, RecordSamples, Send
from session_server.core.errors import Refusal
from session_server.core.fold import Fold, pushed
from session_server.core.messages import (
    PROTOCOL,
    Ack,
    Calibrate,
    Calibration,
    CheckpointsPush,
    ChoicesPush,
    Error,
    Hello,
    Limits,
    Ok,
    RadioPush,
    Reload,
    Request,
    SensorState,
    SessionState,
    Welcome,
    You,
)  # fmt: skip
from session_server.core.opening import Opening
from session_server.core.phases import Phase
from session_server.core.roles import Role, Sender, admit
from session_server.core.tracks import SENSOR, Track, check_announced, split
from telemetry.frames import Block, Gap
from telemetry.records import SampleRecord

MESSAGE_BYTES: Final = 65_536
FRAME_MS: Final = 100


class Session:
    """The doors of one session; its state is ``fold``."""

    def __init__(self, fold: Fold) -> None:
        self.fold = fold

    @classmethod
    def open(cls, id: UUID, scenario: Scenario, opening: Opening) -> tuple[Self, list[Effect]]:
        """Return a new session and the effects of opening it."""
        fold = Fold.of(id, scenario, opening)
        return cls(fold), fold.apply("session_opened", "system", asdict(opening), 0.0, None)

    @property
    def id(self) -> UUID:
        """The session's identity."""
        return self.fold.id

    @property
    def phase(self) -> Phase:
        """Where the session stands."""
        return self.fold.phase

    def join(self, hello: Hello, sender: Sender, now: float) -> list[Effect]:
        """Let a client in, or back in: the same run gets the same tracks. ``Refusal`` where it may not enter."""
        if hello.protocol != PROTOCOL:
            raise Refusal("unsupported_protocol", f"protocol {hello.protocol} is not spoken here; {PROTOCOL} is")
        if self.phase is Phase.CLOSED:
            raise Refusal("session_ended", "the session is closed; its report can still be read")
        if sender.role is Role.INSTRUCTOR and hello.streams:
            raise Refusal("forbidden", "an instructor sends no samples; the trainee's station and sensors do")
        others = [key for key in hello.streams if split(key)[0] != SENSOR]
        if sender.role is Role.SENSOR and (others or not hello.streams):
            told = f"not {others[0]!r}" if others else "and announces at least one"
            raise Refusal("forbidden", f"a sensor sends streams {SENSOR}.<name>, {told}")
        check_announced(hello.streams, self.fold.sensors)
        if any(track.station != sender.id for track in self.fold.tracks.of_run(str(hello.run))):
            raise Refusal("forbidden", "this run belongs to another client; a page makes its own when it loads")
        data = {
            "who": sender.id, "role": str(sender.role), "run": str(hello.run), "modality": hello.client.modality,
            "client": hello.client.name, "streams": dict(hello.streams),
        }  # fmt: skip
        effects = [*self._catch_up(now), *self.fold.apply("joined", sender.id, data, *self.fold.times(now))]
        return [*effects, Send(sender.connection, self._welcome(hello, sender, now)), *self._backlog(sender)]

    def leave(self, sender: Sender, now: float) -> list[Effect]:
        """Note that a client is gone."""
        if self.phase is Phase.CLOSED:
            return []
        return [*self._catch_up(now), *self.fold.apply("left", sender.id, {"who": sender.id}, *self.fold.times(now))]

    def receive(self, request: Request, sender: Sender, now: float) -> list[Effect]:
        """Do what ``sender`` asks, or answer why not."""
        effects = self._catch_up(now)
        try:
            admit(request, sender, self.phase)
            kind, data = inputs.of(
                request, self.fold.scenario, self.fold.engine, spoken=self.fold.spoken,
                checkpoints=self.fold.checkpoints, sensors=self.fold.sensors,
            )  # fmt: skip
        except Refusal as refusal:
            return [*effects, refused(sender.connection, request.ref, refusal)]
        seq = self.fold.seq
        effects += self.fold.apply(kind, sender.id, data, *self.fold.times(now))
        return [*effects, Send(sender.connection, Ok(ref=request.ref, event=seq))]

    def reload(self, scenario: Scenario, request: Reload, sender: Sender, now: float) -> list[Effect]:
        """Go on in ``scenario``, the newest version of the session's own, or answer why that cannot be."""
        effects = self._catch_up(now)
        fold = self.fold
        try:
            admit(request, sender, self.phase)
            if scenario.sha256 == fold.scenario.sha256:
                raise Refusal("not_reloadable", "the session is in the newest version already")
            if fold.consent is not None:
                versions.check_consented(fold.scenario, scenario)
            version = fold.learn(scenario)
            if fold.timeline.begun:
                versions.check_fits(fold.engine, version, "the session cannot go on in the newest version")
        except Refusal as refusal:
            return [*effects, refused(sender.connection, request.ref, refusal)]
        seq, data = fold.seq, versions.changes(fold.scenario, version)
        effects += fold.apply("reload", sender.id, data, *fold.times(now))
        return [*effects, Send(sender.connection, Ok(ref=request.ref, event=seq))]

    def calibrated(self, calibration: Calibration, request: Calibrate, sender: Sender, now: float) -> list[Effect]:
        """Take what was measured of the trainee's voice in the spans that ``request`` names."""
        effects = self._catch_up(now)
        try:
            admit(request, sender, self.phase)
        except Refusal as refusal:
            return [*effects, refused(sender.connection, request.ref, refusal)]
        data = asdict(calibration) | {"reasons": list(calibration.reasons)}
        effects += self.fold.apply("calibrated", "system", data, *self.fold.times(now))
        return [*effects, Send(sender.connection, Ok(ref=request.ref, calibration=calibration))]

    def fresh_rows(self, blocks: tuple[Block | Gap, ...], sender: Sender, *, run: str) -> list[Block | Gap]:
        """Return what is new in a frame; ``Refusal`` where any of it is wrong, and then none of it is taken."""
        fold = self.fold
        if fold.phase is Phase.CLOSED:
            raise Refusal("session_ended", "the session is closed; no more rows are taken")
        if sender.role is Role.INSTRUCTOR:
            raise Refusal("forbidden", "an instructor sends no samples; the trainee's station and sensors do")
        tracks = fold.tracks
        fresh = []
        for block in blocks:
            new = tracks.fresh(block, run=run)
            if new is not None:
                fresh.append(new)
        if len({block.track for block in blocks}) < len(blocks):
            raise Refusal("frame_invalid", "a frame holds one block for each track; this one repeats a track")
        consent = self.fold.consent
        # Where everything is agreed to, which is nearly always, nothing more is asked of a frame.
        if self.fold.sensors or not (consent and consent["microphone"]):
            self._check_consented([tracks[block.track] for block in blocks if isinstance(block, Block)])
        return fresh

    def _check_consented(self, measured: Sequence[Track]) -> None:
        """Raise ``Refusal`` where rows of these tracks must not be taken, or not yet."""
        consent = self.fold.consent
        for track in measured:
            if track.stream.name == "voice":
                agreed = bool(consent["microphone"]) if consent else None
                self._check_agreed(agreed, "the level of the voice", "the microphone")
            elif track.sensor is not None:
                self._check_agreed(self._agreed(track.label), f"values of {track.label!r}", repr(track.label))

    def _check_agreed(self, agreed: bool | None, what: str, to: str) -> None:
        """Raise ``Refusal`` unless the trainee has agreed; before they are asked (``None``), it may come later."""
        if agreed is None:
            waits = f"{what} may be sent once the trainee has agreed to {to}; the session is in {self.phase}"
            raise Refusal("wrong_phase", f"{waits}: do not keep what is measured before")
        if not agreed:
            raise Refusal("forbidden", f"the trainee has not agreed to {to}: {what} must not be sent")

    def _agreed(self, sensor: str) -> bool | None:
        consent = self.fold.consent
        if consent is None:
            return None
        agreed = consent.get("sensors")
        return isinstance(agreed, Sequence) and sensor in agreed

    def take_rows(
        self, blocks: tuple[Block | Gap, ...], fresh: Iterable[SampleRecord], sender: Sender
    ) -> list[Effect]:
        """Journal the ``fresh`` rows and declared gaps of a frame, with their times; acknowledge all its ``blocks``."""
        effects: list[Effect] = [RecordSamples(record) for record in fresh]
        advance = self.fold.tracks.advance
        reached = {str(block.track): advance(block.track, block.end_seq) for block in blocks}
        effects.append(Send(sender.connection, Ack(tracks=reached)))
        return effects

    def server_rows(self, track: int, end_seq: int, raw: bytes, now: float) -> RecordSamples:
        """Journal a block of one of the server's own tracks, whose clock is ``t`` itself; ``end_seq`` is after it."""
        self.fold.tracks.advance(track, end_seq)
        return RecordSamples(SampleRecord(0, 0.0, 0.0, 0.0, 0.0, now, raw))

    def clock_began(self, began: Mapping[str, object], sender: Sender, *, run: str, now: float) -> list[Effect]:
        """Note that the clock of a run's samples began an epoch: ``began`` holds epoch, since_ms, jump_s and cause."""
        if self.phase is Phase.CLOSED or not self.fold.tracks.of_run(run):
            return []
        data = {"who": sender.id, "run": run, **began}
        return [*self._catch_up(now), *self.fold.apply("clock_epoch", sender.id, data, *self.fold.times(now))]

    def tick(self, signals: Mapping[str, float | bool | None], now: float) -> list[Effect]:
        """Run scenario time up to ``now``; ``signals`` (quantised, ``None`` unknown) are what its last tick sees."""
        fold = self.fold
        if fold.phase is not Phase.RUNNING:
            return []
        ms = fold.timeline.ms(now)
        at = ms - ms % TICK_MS
        if signals == fold.signals:
            return fold.advance(ms)
        changed = {name: value for name, value in signals.items() if fold.signals.get(name, ...) != value}
        if not changed:
            return fold.advance(ms)
        # A request may have let time run past this tick already: then the next one sees the new values.
        at = max(at, fold.engine.ms + 1)
        effects = fold.advance(at - 1)
        if fold.phase is Phase.RUNNING:
            effects += fold.apply("signals", "system", changed, min(fold.timeline.t(at), round(now, 6)), at)
        return [*effects, *fold.advance(ms)]

    def graded(self, status: str, reason: str | None, now: float) -> list[Effect]:
        """Close the session: its grade is stored (``ready``), or could not be made (``failed``)."""
        return self.fold.apply("graded", "system", {"status": status, "reason": reason}, *self.fold.times(now))

    def _catch_up(self, now: float) -> list[Effect]:
        return self.fold.advance(self.fold.timeline.ms(now))

    def _welcome(self, hello: Hello, sender: Sender, now: float) -> Welcome:
        t, ms = self.fold.times(now)
        return Welcome(
            ref=hello.ref,
            protocol=PROTOCOL,
            you=You(sender.id, sender.role),
            session=SessionState(self.id, self.phase, self.fold.attempt, t, ms or 0),
            tracks=tuple(track.state() for track in self.fold.tracks.of_run(str(hello.run))),
            # What sends a sensor needs to know neither the scenario nor how loud the trainee speaks.
            scenario={} if sender.role is Role.SENSOR else self.fold.public(sender.role),
            calibration=None if sender.role is Role.SENSOR else self.fold.calibration,
            sensors=tuple(
                SensorState(s.name, s.unit, s.description, s.privacy.value, s.rate, self._agreed(s.name))
                for s in self.fold.sensors.values()
            ),
            limits=Limits(MESSAGE_BYTES, FRAME_MS),
        )

    def _backlog(self, sender: Sender) -> list[Effect]:
        """What a client that joins late must know besides its welcome."""
        if sender.role is Role.SENSOR:
            return []
        pushes = [Send(sender.connection, ChoicesPush(offered=tuple(self.fold.engine.offered)))]
        pushes += [
            Send(sender.connection, RadioPush(request=request, status=status))
            for request, status in self.fold.engine.radio.items()
        ]
        pushes += [Send(sender.connection, push) for push in self.fold.playing.values()]
        if sender.role is Role.INSTRUCTOR:
            pushes += [Send(sender.connection, pushed(event)) for event in self.fold.history]
            pushes.append(Send(sender.connection, CheckpointsPush(checkpoints=self.fold.checkpoints.states())))
        return [*pushes]


def refused(connection: int, ref: int | None, refusal: Refusal) -> Send:
    """Return the answer to a request that was refused."""
    error = Error(ref=ref, code=refusal.code, message=refusal.message, retry=refusal.retry, details=refusal.details)
    return Send(connection, error)
