"""What simulated sessions have touched: nodes, transitions, drives, reflexes, and how far states went."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from scenario_assets.language.document import Scenario
from scenario_assets.runtime.compile import program_of
from scenario_assets.runtime.effects import Branch
from scenario_assets.runtime.program import TICK_MS
from scenario_assets.runtime.simulate import Result, Simulation

Key = TypeVar("Key")


class Way(NamedTuple):
    """One target of one transition: the rule's id (``person.wary.next[0]``) and the target's path in its region."""

    rule: str
    target: str


class Driver(NamedTuple):
    """A drive: its continuous state, and its number among the state's drives."""

    state: str
    number: int


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a continuous state went, and for how many milliseconds it lay at the ends of its range."""

    low: float
    high: float
    at_low_ms: int = 0
    at_high_ms: int = 0

    def __add__(self, other: "Reach") -> "Reach":
        """Both together."""
        return Reach(
            min(self.low, other.low),
            max(self.high, other.high),
            self.at_low_ms + other.at_low_ms,
            self.at_high_ms + other.at_high_ms,
        )


@dataclass(frozen=True, slots=True)
class Coverage:
    """What has happened how often in ``sessions`` that lasted ``ms`` together.

    Everything the scenario has stands in the tables, in its order, also with 0. ``drives`` are milliseconds at
    work; ``states`` is empty before any session.
    """

    sessions: int
    ms: int
    nodes: Mapping[str, int]
    ways: Mapping[Way, int]
    drives: Mapping[Driver, int]
    reflexes: Mapping[str, int]
    states: Mapping[str, Reach]

    @classmethod
    def none(cls, scenario: Scenario) -> "Coverage":
        """Nothing yet. Gotos are not among the ways: instructors and injects use them, not the story."""
        program = program_of(scenario)
        rules = [rule for rule in program.rules if rule.source]
        return cls(
            sessions=0,
            ms=0,
            nodes=dict.fromkeys(program.nodes, 0),
            ways={Way(rule.id, target): 0 for rule in rules for target in rule.targets},
            drives={
                Driver(name, n): 0
                for name, dynamic in scenario.dynamics.items()
                for n in range(len(dynamic.drives))
            },
            reflexes={rule.id: 0 for rule in program.reflexes},
            states={},
        )

    def __add__(self, other: "Coverage") -> "Coverage":
        """Both together; of the same scenario."""
        states = dict(self.states)
        for name, reach in other.states.items():
            states[name] = states[name] + reach if name in states else reach
        return Coverage(
            self.sessions + other.sessions,
            self.ms + other.ms,
            _sum(self.nodes, other.nodes),
            _sum(self.ways, other.ways),
            _sum(self.drives, other.drives),
            _sum(self.reflexes, other.reflexes),
            states,
        )

    @property
    def never_entered(self) -> tuple[str, ...]:
        """Nodes, by full path."""
        return _zeros(self.nodes)

    @property
    def never_fired(self) -> tuple[Way, ...]:
        """Targets of transitions; of a transition that never fired at all, every target."""
        return _zeros(self.ways)

    @property
    def never_at_work(self) -> tuple[Driver, ...]:
        """Drives."""
        return _zeros(self.drives)

    @property
    def never_reacted(self) -> tuple[str, ...]:
        """Reflexes, by rule id."""
        return _zeros(self.reflexes)

    def saturated(self, state: str) -> float:
        """The share of the time that the state lay at an end of its range; 0 before any session."""
        reach = self.states.get(state)
        return (reach.at_low_ms + reach.at_high_ms) / self.ms if reach is not None and self.ms else 0.0


def _sum(one: Mapping[Key, int], other: Mapping[Key, int]) -> dict[Key, int]:
    return {key: count + other[key] for key, count in one.items()}


def _zeros(counts: Mapping[Key, int]) -> tuple[Key, ...]:
    return tuple(key for key, count in counts.items() if count == 0)


def watched(scenario: Scenario, policy: str, seed: int) -> tuple[Result, Coverage]:
    """Simulate one session to its end, and see what it touches."""
    session = Simulation(scenario, policy, seed)
    watch = _Watch(session)
    while session.engine.outcome is None:
        session.tick()
        watch.look()
    return session.result(), watch.coverage()


class _Watch:
    """Looks at a session after each of its ticks."""

    def __init__(self, session: Simulation) -> None:
        self._session = session
        self._ranges = [dynamic.range for dynamic in session.scenario.dynamics.values()]
        values = session.engine.states
        self._lows, self._highs = list(values.values()), list(values.values())
        self._at_low, self._at_high = [0] * len(values), [0] * len(values)
        self._drives: Counter[Driver] = Counter()
        self._working: tuple[Driver, ...] = ()
        self._seen = 0

    def look(self) -> None:
        """Take in one tick."""
        engine, log = self._session.engine, self._session.log
        if len(log) != self._seen:  # drives never begin or end without an effect that says so
            self._seen = len(log)
            self._working = tuple(
                Driver(state, number) for state, numbers in engine.driving.items() for number in numbers
            )
        for driver in self._working:
            self._drives[driver] += TICK_MS
        for index, value in enumerate(engine.states.values()):
            low, high = self._ranges[index]
            if value <= self._lows[index]:
                self._lows[index] = value
            if value >= self._highs[index]:
                self._highs[index] = value
            if value <= low:
                self._at_low[index] += TICK_MS
            elif value >= high:
                self._at_high[index] += TICK_MS

    def coverage(self) -> Coverage:
        """All that was seen of the session."""
        scenario, engine = self._session.scenario, self._session.engine
        nothing = Coverage.none(scenario)
        fired = Counter(Way(e.rule, e.target) for e in self._session.log if isinstance(e, Branch))
        reaches = map(Reach, self._lows, self._highs, self._at_low, self._at_high)
        return Coverage(
            sessions=1,
            ms=self._session.now,
            nodes=engine.entries,
            ways={way: fired[way] for way in nothing.ways},
            drives={driver: self._drives[driver] for driver in nothing.drives},
            reflexes=engine.reactions,
            states=dict(zip(scenario.dynamics, reaches, strict=True)),
        )
