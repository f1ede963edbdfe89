"""The state of a session, as a fold of its journalled inputs.

Everything that happens enters as an *input* (``session_opened``, ``choice``, ``inject``, ``signals``, ...), journalled
as it was consumed. What follows from it (``phase``, ``branch``, ``say``, ``outcome``, ...) are *decisions*: journalled
too, and derived again on replay, where they must come out the same.
"""

import hashlib
import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Final, Self
from uuid import UUID

from scenario_assets.language import Scenario, localised, media_as_json, public
from scenario_assets.runtime import (
    TICK_MS,
    Act,
    Branch,
    Choice,
    Engine,
    Inject,
    Moved,
    Offered,
    Outcome,
    Play,
    Radio,
    RadioChanged,
    Said,
    Say,
    StateCause,
    drawn_variants,
)  # fmt: skip
from scenario_assets.runtime import Effect as Happening
from session_server.core import inputs
from session_server.core.checkpoints import Checkpoints, Why
from session_server.core.effects import Audience, Effect, Record, Send, StartGrading
from session_server.core.messages import (
    AttemptPush,
    Calibration,
    CheckpointsPush,
    ChoicesPush,
    EventPush,
    GradePush,
    PhasePush,
    PlayPush,
    RadioPush,
    SayPush,
    ScenarioPush,
)  # fmt: skip
from session_server.core.opening import Opening
from session_server.core.phases import ENDED, Phase, after
from session_server.core.timeline import Timeline
from session_server.core.tracks import SENSOR, Track, Tracks, split
from telemetry.records import EPOCHS, EventRecord
from telemetry.streams import Sensor

#: A joining instructor is shown this many past events at most; the report has all of them.
HISTORY: Final = 2000
#: The server's own streams run at the engine's tick.
SERVER_RATE: Final = 1000 / TICK_MS
SERVER_RUN: Final = "server"
#: Why the person's states jump when a session goes back to a checkpoint.
REWOUND: Final = "rewound"
#: A flag that is a note to an earlier one says so by its number (clients/PROTOCOL.md).
NOTE_TO: Final = re.compile(r"@(\d+) (.*)", re.DOTALL)

Data = Mapping[str, object]


class Fold:
    """All state of one session. ``apply`` and ``advance`` change it, nothing else does."""

    def __init__(self, id: UUID, scenario: Scenario, *, seed: int) -> None:
        self.id = id
        self.seed = seed
        self._locale: str | None = None
        #: Other versions of the scenario, by their hash.
        self._versions: dict[str, Scenario] = {}
        self._take(scenario, drawn_variants(scenario, seed))
        self.opening: Data = {}
        #: The agency's sensors that were declared when the session opened.
        self.sensors: Mapping[str, Sensor] = {}
        self.phase = Phase.LOBBY
        self.engine = Engine(scenario, seed=seed)
        self.timeline = Timeline()
        self.tracks = Tracks()
        self.present: dict[str, str] = {}
        self.runs: list[str] = []
        #: When the clocks of runs began their last epochs, in ms of these clocks; ``None`` where nobody knows.
        self.epochs: dict[str, dict[int, float | None]] = {}
        self.consent: Data | None = None
        self.calibration: Calibration | None = None
        self.signals: dict[str, float | bool | None] = {}
        self.grade: tuple[str, str | None] | None = None
        #: Spoken lines that the trainee's client has not yet said it presented.
        self.spoken: set[int] = set()
        #: What stations that can show media show now, by region.
        self.playing: dict[str, PlayPush] = {}
        #: Why each continuous state last changed its course: label, rate per s, session time.
        self.why: dict[str, tuple[str, float, float]] = {}
        #: Each rewind begins the next one.
        self.attempt = 1
        self.checkpoints = Checkpoints()
        self.seq = 0
        self.history: deque[EventRecord] = deque(maxlen=HISTORY)
        self._handlers: dict[str, Callable[[EventRecord], list[Effect]]] = {
            "session_opened": self._opened, "joined": self._joined, "left": self._left, "consent": self._consented,
            "calibrated": self._calibrated, "begin": self._began, "signals": self._observed, "choice": self._chose,
            "act": self._acted, "radio": self._radioed, "mark": self._marked, "inject": self._injected,
            "flag": self._flagged, "goto": self._steered, "nudge": self._steered, "hold": self._steered,
            "rewind": self._rewound, "reload": self._reloaded, "presented": self._presented, "freeze": self._froze,
            "resume": self._resumed, "stop": self._stopped, "end": self._stopped, "graded": self._graded,
            "clock_epoch": self._clock_began,
        }  # fmt: skip

    @classmethod
    def of(cls, id: UUID, scenario: Scenario, opening: Opening) -> Self:
        """Return the state before a session's first event: the scenario in the session's language, with its seed."""
        fold = cls(id, localised(scenario, opening.locale), seed=opening.seed)
        fold._locale = opening.locale
        fold.sensors = {sensor.name: sensor for sensor in map(Sensor.of, opening.sensors)}
        return fold

    def learn(self, scenario: Scenario) -> Scenario:
        """Know another version of the scenario; you must do so before the input ``reload`` that goes to it.

        Returns it in the session's language.
        """
        version = self._versions[scenario.sha256] = localised(scenario, self._locale)
        return version

    def public(self, role: str) -> dict[str, object]:
        """Return what this role may know of the scenario; ``welcome.scenario`` of PROTOCOL.md."""
        media = f"/media/{self.scenario.id}"
        return public(self.scenario, role=role, media_base=media, variants=self.variants)

    @property
    def baseline(self) -> float | None:
        """How loud the trainee speaks by habit, in LUFS; None until it has been measured well."""
        return self.calibration.baseline_lufs if self.calibration and self.calibration.accepted else None

    def times(self, now: float) -> tuple[float, int | None]:
        """Return (t, ms) for something that happens at ``now``; ms is None before the scenario began."""
        return round(now, 6), self.timeline.ms(now) if self.timeline.begun else None

    def apply(self, kind: str, actor: str, data: Data, t: float, ms: int | None) -> list[Effect]:
        """Apply one input. The caller has advanced scenario time to ``ms`` (for ``signals``: to just before it)."""
        event = EventRecord(self.seq, t, ms, actor, kind, data)
        handler = self._handlers.get(kind)
        return [*self._note(event), *(handler(event) if handler else ())]

    def advance(self, ms: int) -> list[Effect]:
        """Let scenario time run to ``ms``, stop by stop: a checkpoint must not depend on how often this is called."""
        effects: list[Effect] = []
        engine = self.engine
        while self.phase is Phase.RUNNING and (engine.ms < ms or engine.due <= ms):
            # Most ticks pass without anything happening.
            if happenings := engine.advance(min(engine.due, ms)):
                effects += self._happenings(happenings)
        return effects

    def dump(self) -> dict[str, object]:
        """Return the whole state as JSON-able data."""
        return {
            "version": 2,
            "id": str(self.id),
            "opening": self.opening,
            "scenario": self.scenario.sha256,
            "phase": str(self.phase),
            "seq": self.seq,
            "attempt": self.attempt,
            "checkpoints": [asdict(state) for state in self.checkpoints.states()],
            "timeline": asdict(self.timeline),
            "engine": self.engine.dump(),
            "present": self.present,
            "tracks": [track.opened() for track in self.tracks],
            "consent": self.consent,
            "calibration": None if self.calibration is None else asdict(self.calibration),
            "signals": self.signals,
            "epochs": {run: {str(epoch): since for epoch, since in of.items()} for run, of in self.epochs.items()},
            "spoken": sorted(self.spoken),
            "grade": self.grade,
        }

    def digest(self) -> str:
        """Return the SHA-256 of the state; equal wherever the same journal was folded."""
        text = json.dumps(self.dump(), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    # --- inputs ------------------------------------------------------------------------------------------------------

    def _opened(self, event: EventRecord) -> list[Effect]:
        self.opening = event.data
        self.attempt = int(str(event.data["attempt"]))
        return []

    def _joined(self, event: EventRecord) -> list[Effect]:
        run, streams = str(event.data["run"]), event.data["streams"]
        self.present[event.actor] = run
        if run in self.runs or not isinstance(streams, Mapping):
            return []
        self.runs.append(run)
        # In the order of the alphabet: neither the journal nor the database keeps the order of keys.
        tracks = [
            self.tracks.open(
                name, station=event.actor, run=run, rate=float(streams[key]), label=label,
                sensor=self.sensors[label] if name == SENSOR else None,
            )
            for key in sorted(streams) for name, label in [split(key)]
        ]  # fmt: skip
        return self._track_events(tracks, event.t, event.ms)

    def _left(self, event: EventRecord) -> list[Effect]:
        self.present.pop(event.actor, None)
        return []

    def _clock_began(self, event: EventRecord) -> list[Effect]:
        """A station slept, or its clock was set; what is told later of an epoch replaces what was guessed."""
        since_ms = event.data["since_ms"]
        of_run = self.epochs.setdefault(str(event.data["run"]), {})
        of_run[int(str(event.data["epoch"]))] = None if since_ms is None else float(str(since_ms))
        while len(of_run) > EPOCHS:
            del of_run[min(of_run)]
        return []

    def _consented(self, event: EventRecord) -> list[Effect]:
        self.consent = event.data
        return self._go("consent", event.t, event.ms)

    def _calibrated(self, event: EventRecord) -> list[Effect]:
        data = dict(event.data)
        data["reasons"] = tuple(data["reasons"])  # type: ignore[arg-type]  # written by ``Session.calibrated``
        self.calibration = Calibration(**data)  # type: ignore[arg-type]  # likewise
        return []

    def _began(self, event: EventRecord) -> list[Effect]:
        self.timeline.start(event.t)
        effects = self._go("begin", event.t, 0)
        names = [*(("person_state", state) for state in self.engine.states), ("threat_state", "")]
        effects += self._server_tracks(names, event.t, 0)
        effects += self._actor_tracks(self.engine.actors, event.t, 0)
        effects += self._happenings(self.engine.start(), event.t)
        return [*effects, *self._keep("start", event.seq, "")]

    def _observed(self, event: EventRecord) -> list[Effect]:
        values: dict[str, float | bool | None] = dict(event.data)  # type: ignore[arg-type]  # quantised signal values
        self.signals.update(values)
        return self._happenings(self.engine.observe(values, self._ms(event)), event.t)

    def _chose(self, event: EventRecord) -> list[Effect]:
        choice = str(event.data["choice"])
        effects = self._said(self.scenario.choices[choice].said, "chosen", event)
        return [*effects, *self._happenings(self.engine.apply(Choice(choice), self._ms(event)), event.t)]

    def _acted(self, event: EventRecord) -> list[Effect]:
        return self._happenings(self.engine.apply(Act(str(event.data["act"])), self._ms(event)), event.t)

    def _radioed(self, event: EventRecord) -> list[Effect]:
        return self._happenings(self.engine.apply(Radio(str(event.data["request"])), self._ms(event)), event.t)

    def _marked(self, event: EventRecord) -> list[Effect]:
        kind = str(event.data["kind"])
        effects = self._said(kind, "marked", event)
        effects += self._happenings(self.engine.apply(Said(kind, "marked"), self._ms(event)), event.t)
        return [*effects, *self._keep("mark", event.seq, kind)]

    def _injected(self, event: EventRecord) -> list[Effect]:
        return self._happenings(self.engine.apply(Inject(str(event.data["inject"])), self._ms(event)), event.t)

    def _flagged(self, event: EventRecord) -> list[Effect]:
        note = str(event.data["note"])
        earlier = NOTE_TO.fullmatch(note)
        if earlier is None:
            return self._keep("flag", event.seq, note)
        return self._tell_checkpoints() if self.checkpoints.relabel(int(earlier[1]), earlier[2]) else []

    def _steered(self, event: EventRecord) -> list[Effect]:
        return self._happenings(self.engine.apply(inputs.steer(event.type, event.data), self._ms(event)), event.t)

    def _rewound(self, event: EventRecord) -> list[Effect]:
        """Go back to a checkpoint and stand there: the next attempt."""
        checkpoint, before = self.checkpoints[int(str(event.data["checkpoint"]))], self.engine.states
        effects = self._go("rewind", event.t, event.ms)
        self.engine = checkpoint.engine()
        other_version = self.engine.scenario.sha256 != self.scenario.sha256
        happenings = self.engine.reload(self.scenario) if other_version else ()
        self.timeline.step_back(event.t, checkpoint.ms)
        self.signals = {}  # the next tick takes all of them anew, as they are then
        self.playing = dict(checkpoint.playing)
        self.attempt += 1
        data = {
            "attempt": self.attempt, "checkpoint": checkpoint.checkpoint, "of": checkpoint.attempt,
            "seq": checkpoint.seq, "t": checkpoint.t, "why": checkpoint.why, "label": checkpoint.label,
            "nodes": dict(self.engine.nodes),
        }  # fmt: skip
        effects += self._decide("attempt", "system", data, event.t, checkpoint.ms)
        push = AttemptPush(
            attempt=self.attempt, checkpoint=checkpoint.checkpoint, t=event.t, ms=checkpoint.ms
        )
        effects += [Send(Audience.ALL, push), *self._happenings(happenings, event.t)]
        effects += self._happenings(self.engine.retold(before, REWOUND), event.t)
        # A node without media of its own goes on showing what the one before it did.
        still = (self.playing[region] for region, shown in checkpoint.playing.items() if self.playing[region] is shown)
        return [*effects, *(Send(Audience.ALL, play) for play in still)]

    def _reloaded(self, event: EventRecord) -> list[Effect]:
        """Go on in another version of the scenario."""
        scenario, begun = self._versions[str(event.data["to"])], self.timeline.begun
        happenings = self.engine.reload(scenario) if begun else ()
        if not begun:
            self.engine = Engine(scenario, seed=self.seed)
        self._take(scenario, self.engine.variants if begun else drawn_variants(scenario, self.seed))
        self.signals = {name: value for name, value in self.signals.items() if name in scenario.signals}
        self.why = {state: why for state, why in self.why.items() if state in scenario.dynamics}
        told = ((Audience.TRAINEES, "trainee"), (Audience.INSTRUCTORS, "instructor"))
        effects: list[Effect] = [Send(to, ScenarioPush(scenario=self.public(role))) for to, role in told]
        if begun:
            known = {track.label for track in self.tracks.of_run(SERVER_RUN) if track.stream.name == "person_state"}
            new = [("person_state", state) for state in self.engine.states if state not in known]
            effects += self._server_tracks(new, event.t, self._ms(event))
            effects += self._actor_tracks(self.engine.actors, event.t, self._ms(event))
        return [*effects, *self._happenings(happenings, event.t)]

    def _presented(self, event: EventRecord) -> list[Effect]:
        self.spoken.discard(int(str(event.data["event"])))
        return []

    def _froze(self, event: EventRecord) -> list[Effect]:
        self.timeline.halt(self._ms(event))
        return self._go("freeze", event.t, event.ms)

    def _resumed(self, event: EventRecord) -> list[Effect]:
        self.timeline.start(event.t)
        return self._go("resume", event.t, event.ms)

    def _stopped(self, event: EventRecord) -> list[Effect]:
        if self.phase in ENDED:
            return []
        if event.ms is not None:
            self.timeline.halt(event.ms)
        return [*self._go(event.type, event.t, event.ms), StartGrading()]

    def _graded(self, event: EventRecord) -> list[Effect]:
        reason = event.data["reason"]
        self.grade = (str(event.data["status"]), None if reason is None else str(reason))
        push = GradePush(status="ready" if self.grade[0] == "ready" else "failed", reason=self.grade[1])
        return [*self._go("graded", event.t, event.ms), Send(Audience.ALL, push)]

    def _take(self, scenario: Scenario, variants: Mapping[str, str]) -> None:
        """Let this be the scenario; ``variants`` are who each actor with variants appears to be."""
        self.scenario, self.variants = scenario, variants
        #: Text and sound of each line, as told to the trainee.
        self.lines: Mapping[str, Mapping[str, str | None]] = self.public("trainee")["lines"]  # type: ignore[assignment]  # the shape PROTOCOL.md gives it

    # --- decisions ---------------------------------------------------------------------------------------------------

    def _note(self, event: EventRecord) -> list[Effect]:
        """Give ``event`` its place in the journal, and show it to the instructors."""
        self.seq += 1
        if event.type == "signals":
            return [Record(event)]
        self.history.append(event)
        return [Record(event), Send(Audience.INSTRUCTORS, pushed(event))]

    def _decide(self, kind: str, actor: str, data: Data, t: float, ms: int | None) -> list[Effect]:
        return self._note(EventRecord(self.seq, t, ms, actor, kind, data))

    def _go(self, happening: str, t: float, ms: int | None) -> list[Effect]:
        """Enter the phase that ``happening`` leads to."""
        phase = after(self.phase, happening)
        if phase is self.phase:
            return []
        self.phase = phase
        noted = self._decide("phase", "system", {"phase": str(phase), "reason": happening}, t, ms)
        return [*noted, Send(Audience.ALL, PhasePush(phase=phase, t=t, ms=ms or 0, reason=happening))]

    def _actor_tracks(self, actors: Iterable[str], t: float, ms: int) -> list[Effect]:
        """Open the tracks of actors who are there for the first time."""
        known = {track.label for track in self.tracks.of_run(SERVER_RUN) if track.stream.name == "actor_pose"}
        names = [(stream, actor) for actor in actors if actor not in known for stream in ("actor_pose", "proximity")]
        return self._server_tracks(names, t, ms)

    def _server_tracks(self, names: list[tuple[str, str]], t: float, ms: int) -> list[Effect]:
        tracks = [
            self.tracks.open(stream, station="server", run=SERVER_RUN, rate=SERVER_RATE, label=label)
            for stream, label in names
        ]
        return self._track_events(tracks, t, ms)

    def _track_events(self, tracks: list[Track], t: float, ms: int | None) -> list[Effect]:
        return [effect for track in tracks for effect in self._decide("track_opened", "system", track.opened(), t, ms)]

    def _said(self, kind: str | None, source: str, event: EventRecord) -> list[Effect]:
        """The trainee said something of a coded kind: chosen from the list, or marked by an instructor."""
        if kind is None:
            return []
        return self._decide("said", "trainee", {"kind": kind, "source": source, "by": event.actor}, event.t, event.ms)

    def _happenings(self, happenings: tuple[Happening, ...], at_t: float | None = None) -> list[Effect]:
        """Journal what the engine did, push what clients must show, and keep the moment if the person has turned.

        What follows from an input happens when it does (``at_t``): scenario milliseconds are coarser than that.
        """
        effects: list[Effect] = []
        turned: tuple[int, str] | None = None
        for happening in happenings:
            kind, data = happening.event()
            seq, ms = self.seq, happening.at_ms
            t = self.timeline.t(ms) if at_t is None else at_t
            effects += self._decide(kind, "scenario", data, t, ms)
            match happening:
                case Branch(region=region, label=label) if region == self._region:
                    turned = (seq, label)
                case Say(actor=actor, line=line):
                    text, audio = self.lines[line]["text"] or "", self.lines[line]["audio"]
                    push = SayPush(event=seq, t=t, actor=actor, line=line, text=text, audio=audio)
                    effects.append(Send(Audience.ALL, push))
                    self.spoken.add(seq)
                case StateCause(state=state, label=label, rate=rate):
                    self.why[state] = (label, rate, t)
                case Play(region=region, media=media):
                    shown = media_as_json(media, media_base=f"/media/{self.scenario.id}", locale=self.scenario.locale)
                    self.playing[region] = PlayPush(event=seq, t=t, region=region, media=shown)
                    effects.append(Send(Audience.ALL, self.playing[region]))
                case Offered(choices=choices):
                    effects.append(Send(Audience.ALL, ChoicesPush(offered=tuple(choices))))
                case RadioChanged(request=request, status=status):
                    effects.append(Send(Audience.ALL, RadioPush(request=request, status=status)))
                case Moved(actor=actor, present=True):
                    effects += self._actor_tracks([actor], t, ms)
                case Outcome():
                    self.timeline.halt(ms)
                    effects += [*self._go("outcome", t, ms), StartGrading()]
        return [*effects, *self._keep("branch", *turned)] if turned else effects

    def _keep(self, why: Why, event: int, label: str) -> list[Effect]:
        """Keep this moment as a checkpoint, while there is something to go back to."""
        if self.phase not in (Phase.RUNNING, Phase.FROZEN):
            return []
        self.checkpoints.take(
            self.engine, attempt=self.attempt, event=event, seq=self.seq, t=self.timeline.t(self.engine.ms), why=why,
            node=self.engine.nodes[self._region], label=label, playing=self.playing,
        )  # fmt: skip
        return self._tell_checkpoints()

    def _tell_checkpoints(self) -> list[Effect]:
        return [Send(Audience.INSTRUCTORS, CheckpointsPush(checkpoints=self.checkpoints.states()))]

    @property
    def _region(self) -> str:
        """The person's region: the one that bears their id or is called so, else the first."""
        regions = self.scenario.regions
        return next((name for name in (self.scenario.scoring.person, "person") if name in regions), next(iter(regions)))

    def _ms(self, event: EventRecord) -> int:
        if event.ms is None:
            raise ValueError(f"event {event.seq} ({event.type}) has no scenario time")
        return event.ms


def pushed(event: EventRecord) -> EventPush:
    """Return ``event`` as instructors are shown it."""
    return EventPush(seq=event.seq, t=event.t, ms=event.ms, actor=event.actor, kind=event.type, data=event.data)
