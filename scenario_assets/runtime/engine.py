"""The engine: one session of one scenario, pure and deterministic. No clock, no I/O; effects are data.

Time is integer scenario milliseconds. Signals, integration and temporal guards live on a tick of TICK_MS;
inputs are handled on arrival, at their own millisecond, each as one macrostep of the statechart. The caller
must hand in times that do not decrease; the same calls with the same seed give the same effects, on any
machine.
"""

import hashlib
import heapq
import json
from collections.abc import Mapping

from scenario_assets.language.behaviour import Do
from scenario_assets.language.document import Scenario
from scenario_assets.runtime import steering
from scenario_assets.runtime.actors import ActorView, Bearing, Gaze
from scenario_assets.runtime.compile import program_of
from scenario_assets.runtime.draws import Stream
from scenario_assets.runtime.dynamics import Cause
from scenario_assets.runtime.effects import Effect
from scenario_assets.runtime.errors import NotOffered, Over, Unfit, UnknownName
from scenario_assets.runtime.inputs import Act, Choice, Goto, Hold, Inject, Input, Nudge, Radio, Said, Steer
from scenario_assets.runtime.program import TICK_MS
from scenario_assets.runtime.reloading import carried, unfit
from scenario_assets.runtime.retelling import retold
from scenario_assets.runtime.run import Run
from scenario_assets.runtime.snapshot import dump_run, load_run
from scenario_assets.runtime.steering import Ahead


class Engine:
    """Runs a scenario.

    Call ``start`` once, then ``observe``, ``apply`` and ``advance`` in the order of time.
    """

    __slots__ = ("_next_tick", "_run", "ms", "scenario", "seed")

    def __init__(self, scenario: Scenario, *, seed: int) -> None:
        self.scenario = scenario
        self.seed = seed
        self.ms = 0
        self._next_tick = TICK_MS
        self._run = Run(program_of(scenario), seed)

    # -- driving ---

    def start(self) -> tuple[Effect, ...]:
        """Enter the first nodes, at 0 ms."""
        self._run.start()
        return self._collect()

    def advance(self, to_ms: int) -> tuple[Effect, ...]:
        """Run timers and ticks up to and including ``to_ms``; at the same millisecond, timers first."""
        self._pass(to_ms)
        return self._collect()

    def observe(self, values: Mapping[str, float | bool | None], at_ms: int) -> tuple[Effect, ...]:
        """New values of signals (quantised.

        None when unknown or stale), seen by the next tick from ``at_ms`` on.
        """
        program = self._run.program
        unknown = [name for name in values if name not in program.signals]
        if unknown:
            known = ", ".join(program.signals)
            raise UnknownName(f"no signal {unknown[0]!r} in {self.scenario.id}; known: {known}")
        if at_ms > self.ms:
            self._pass(at_ms - 1)
        run, signals = self._run, self._run.memory.signals
        if run.stale or None in values.values():
            for name in program.signals:  # a record does not keep the order of ``values``; replay must tell the same
                if name in values:
                    run.notice(name, values[name], at_ms)
        for name, value in values.items():
            signals[program.signals[name]] = value
        return self._collect()

    def apply(self, given: Input, at_ms: int) -> tuple[Effect, ...]:
        """Handle an input on arrival; raises InputError, and then nothing has changed but time."""
        self._pass(at_ms)
        if self._run.outcome is not None:
            raise Over(f"{self.scenario.id} ended with {self._run.outcome} before {at_ms} ms")
        match given:
            case Choice(name):
                self._choose(name)
            case Act(name):
                self._do("act", name, self.scenario.acts)
            case Radio(name):
                self._call(name)
            case Said(name):
                self._do("said", name, self.scenario.said)
            case Inject(name):
                self._do("inject", name, self.scenario.injects)
            case Goto() | Nudge() | Hold():
                steering.steer(self._run, given)
        return self._collect()

    def check(self, given: Steer) -> None:
        """Raise InputError where ``apply`` would not take this from an instructor now."""
        steering.check(self._run, given)

    # -- what it shows ---

    @property
    def nodes(self) -> Mapping[str, str]:
        """Region -> its deepest active node."""
        return {region: self._run.node(region) for region in self.scenario.regions}

    @property
    def states(self) -> Mapping[str, float]:
        """The continuous states."""
        values = self._run.memory.states
        return {name: round(value, 6) for name, value in zip(self.scenario.dynamics, values, strict=True)}

    @property
    def causes(self) -> Mapping[str, Cause]:
        """Why each continuous state changes."""
        return dict(zip(self.scenario.dynamics, self._run.dynamics.causes, strict=True))

    @property
    def actors(self) -> Mapping[str, ActorView]:
        """Everybody who is there; those who face the trainee look at the trainee's start place."""
        return self._run.cast.views()

    def gazes(self, trainee: tuple[float, float] | None) -> Mapping[str, Gaze]:
        """The eyes of everybody who is there; who faces the trainee looks at this place (x, z)."""
        return self._run.cast.gazes(trainee)

    @property
    def bearings(self) -> Mapping[str, Bearing]:
        """How everybody who is there holds themselves."""
        return self._run.cast.bearings()

    def place_of(self, actor: str) -> tuple[float, float] | None:
        """Where an actor stands (x, z), or None while they are not there."""
        body = self._run.cast.bodies[actor]
        return body.at(self._run.memory.now) if body.present else None

    def eyes_of(self, actor: str) -> tuple[float, float, float]:
        """Where an actor's eyes are (x, y, z), present or not."""
        view = self._run.cast.view(actor)
        return view.x, view.y, view.z

    @property
    def offered(self) -> tuple[str, ...]:
        """The choices the trainee has now."""
        return self._run.offered

    def ways(self) -> tuple[Ahead, ...]:
        """What could happen next in each region, and whether it would now; for instructors."""
        return steering.ways(self._run)

    def retold(self, before: Mapping[str, float], label: str) -> tuple[Effect, ...]:
        """The whole state as effects, for a session that steps to it; states jump from ``before`` for this reason."""
        return retold(self._run, before, label)

    @property
    def due(self) -> int:
        """The next millisecond at which a timer or a tick is due."""
        wakes, tick = self._run.wakes, self._next_tick
        return wakes[0][0] if wakes and wakes[0][0] < tick else tick

    @property
    def outcome(self) -> str | None:
        """How the scenario ended, or None while it runs."""
        return self._run.outcome

    @property
    def radio(self) -> Mapping[str, str]:
        """Radio request -> status, for those made so far."""
        return dict(self._run.radio)

    @property
    def facts(self) -> Mapping[str, str]:
        """What the seed has drawn; hidden from the trainee."""
        return dict(self._run.memory.facts)

    @property
    def entries(self) -> Mapping[str, int]:
        """Node -> how often it has been entered so far."""
        streams = self._run.streams
        return {node: streams[state].entry for node, state in self._run.program.nodes.items()}

    @property
    def reactions(self) -> Mapping[str, int]:
        """Reflex, by its rule's id -> how often its condition has led to it so far."""
        run = self._run
        return {
            rule.id: count for rule, count in zip(run.program.reflexes, run.reflex_count, strict=True)
        }

    @property
    def driving(self) -> Mapping[str, tuple[int, ...]]:
        """Continuous state -> the numbers of its drives that are at work now."""
        active = self._run.dynamics.active
        return {
            table.name: tuple(n for n, bit in enumerate(table.bits) if active & bit)
            for table in self._run.program.drives.tables
        }

    @property
    def variants(self) -> Mapping[str, str]:
        """Actor -> who they appear to be in this session."""
        return dict(self._run.memory.variants)

    def threat(self) -> str:
        """The person's present threat state, which decides the distance asked for."""
        return self._run.plan.threat

    # -- dump and load ---

    def dump(self) -> dict[str, object]:
        """The whole state as JSON-able data."""
        head = {"seed": self.seed, "ms": self.ms, "next_tick": self._next_tick}
        return {**head, **dump_run(self._run)}

    @classmethod
    def load(cls, scenario: Scenario, data: Mapping[str, object]) -> "Engine":
        """An engine that goes on exactly where the dumped one stood; raises SnapshotError."""
        seed, ms, next_tick, run = load_run(program_of(scenario), data)
        engine = cls.__new__(cls)
        engine.scenario, engine.seed, engine.ms = scenario, seed, ms
        engine._next_tick, engine._run = next_tick, run
        return engine

    # -- another version ---

    def unfit(self, scenario: Scenario) -> tuple[str, ...]:
        """What is active or pending now and missing in this version of the scenario; none if it can be reloaded."""
        return unfit(self._run, program_of(scenario))

    def reload(self, scenario: Scenario) -> tuple[Effect, ...]:
        """Go on in another version of the scenario; raises Over and Unfit, and then nothing has changed."""
        if self._run.outcome is not None:
            raise Over(f"{self.scenario.id} ended with {self._run.outcome}")
        missing = self.unfit(scenario)
        if missing:
            raise Unfit(missing)
        self._run, self.scenario = carried(self._run, program_of(scenario)), scenario
        return self._collect()

    def digest(self) -> str:
        """SHA-256 of the state: equal exactly when two engines are in the same state."""
        text = json.dumps(self.dump(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    # -- time ---

    def _collect(self) -> tuple[Effect, ...]:
        out = self._run.out
        if not out:
            return ()
        effects = tuple(out)
        out.clear()
        return effects

    def _pass(self, to_ms: int) -> None:
        if to_ms < self.ms:
            raise ValueError(f"time runs backwards: {to_ms} ms after {self.ms} ms")
        run = self._run
        memory, wakes = run.memory, run.wakes
        while run.outcome is None:
            if wakes and wakes[0][0] <= self._next_tick:
                if wakes[0][0] > to_ms:
                    break
                memory.now = wakes[0][0]
                run.woken(heapq.heappop(wakes))
            elif self._next_tick > to_ms:
                break
            else:
                memory.now = self._next_tick
                self._next_tick += TICK_MS
                self._tick()
        # Time ends with the scenario, or replaying its journal would stop elsewhere than it did.
        self.ms = memory.now = to_ms if run.outcome is None else memory.now

    def _tick(self) -> None:
        """Sample, integrate, react, and let the statechart move if any condition holds."""
        run = self._run
        memory, plan = run.memory, run.plan
        self._sample()
        run.dynamics.tick(run.out)
        fired, now = run.reflex_fired, memory.now
        for rule in plan.sampled:
            if now - fired[rule.index] >= rule.again_after and rule.test(memory) is True:
                run.reflex(rule)
        if run.machine.waiting or self._ready():
            run.settle()
        elif plan.conditions:
            run.reconsider()

    def _sample(self) -> None:
        """Sample the conditions that `for` and `within` look back on."""
        run = self._run
        memory, now = run.memory, run.memory.now
        held, recent = memory.held, memory.recent
        for stage in run.plan.stages:
            for slot, test in stage.held:
                value = test(memory)
                before = held[slot]
                if value is not before:
                    if before is False:
                        memory.held_false[slot] = now
                    elif before is None:
                        memory.held_unknown[slot] = now
                    held[slot] = value
            for slot, test in stage.recent:
                value = recent[slot] = test(memory)
                if value:
                    memory.recent_true[slot] = now
                elif value is None:
                    memory.recent_unknown[slot] = now

    def _ready(self) -> bool:
        """Whether some transition's condition holds; the statechart then sees to priority and conflicts."""
        memory, plan = self._run.memory, self._run.plan
        for test in plan.tests:
            if test(memory) is True:
                return True
        if not plan.delayed:
            return False
        now, deadlines = memory.now, memory.deadlines
        return any(deadlines[index] <= now and test(memory) is True for index, test in plan.delayed)

    # -- inputs ---

    def _choose(self, name: str) -> None:
        choice = self.scenario.choices.get(name)
        if choice is None:
            raise UnknownName(f"no choice {name!r}; known: {', '.join(self.scenario.choices)}")
        if name not in self._run.offered:
            offered = ", ".join(self._run.offered) or "nothing"
            raise NotOffered(f"{name!r} is not offered now; offered: {offered}")
        if choice.once:
            self._run.used.add(name)
        self._happens("choice", name, choice.do, choice.text)
        if choice.said is not None:
            self._do("said", choice.said, self.scenario.said)
        if choice.act is not None:
            self._do("act", choice.act, self.scenario.acts)
        if choice.radio is not None:
            self._call(choice.radio)

    def _call(self, name: str) -> None:
        if name in self.scenario.radio and name not in self._run.radio:
            self._run.set_radio(name, "requested")
        self._do("radio", name, self.scenario.radio)

    def _do(self, kind: str, name: str, known: Mapping[str, object]) -> None:
        item = known.get(name)
        if item is None:
            raise UnknownName(f"no {kind} {name!r}; known: {', '.join(known)}")
        deeds: tuple[Do, ...] = getattr(item, "do", ())
        self._happens(kind, name, deeds, getattr(item, "text", name))

    def _happens(self, kind: str, name: str, deeds: tuple[Do, ...], label: str) -> None:
        run = self._run
        if run.outcome is not None:
            return  # what a choice implies may come after the ending it caused
        key = f"{kind}({name})"
        run.input_count[key] = run.input_count.get(key, 0) + 1
        if deeds:
            run.do(deeds, label, Stream(run.seeds, "inputs", key, run.input_count[key]))
        run.handle((kind, name))
