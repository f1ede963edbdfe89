"""A scenario made ready to run: its statechart and its tables, shared by all its sessions.

``compile`` builds it. The chart: root, one parallel state, under it one compound state per region, under that
the region's nodes. Every ``next`` entry becomes one transition per weighted target; every node can be gone to
by a ``goto`` of its region.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from scenario_assets.language.behaviour import Cue, Do, Node, Reflex
from scenario_assets.language.document import Scenario
from scenario_assets.language.values import Span, Threat
from scenario_assets.runtime.effects import Scalar
from scenario_assets.runtime.guards import Test
from scenario_assets.runtime.memory import Memory
from scenario_assets.runtime.statechart import Chart

#: Integration step and sampling of signals: 20 Hz, as fast as poses reach the stage.
TICK_MS = 50
#: Configurations are remembered up to here; a bound against scenarios with very many regions.
_MAX_PLANS = 2_000

Read = Callable[[Memory], Scalar]


@dataclass(frozen=True, slots=True)
class Rule:
    """One ``next`` entry, or a goto. ``first`` is its first chart transition; one follows for each target.

    ``eventless``: tried when nothing has happened, so that the tick has to look.
    """

    index: int
    id: str
    state: int
    first: int
    region: str
    source: str
    targets: tuple[str, ...]
    weights: tuple[float, ...]
    label: str
    text: str
    test: Test | None
    delay: Span | None
    eventless: bool
    do: tuple[Do, ...]
    reads: tuple[tuple[str, Read], ...]


@dataclass(frozen=True, slots=True)
class ReflexRule:
    """A compiled reflex; ``sampled`` on the tick, ``momentary`` when something happens."""

    index: int
    id: str
    region: str
    path: str
    reflex: Reflex
    again_after: int
    test: Test
    sampled: bool
    momentary: bool


@dataclass(frozen=True, slots=True)
class CueRule:
    """A compiled cue."""

    cue: Cue
    when: Test | None
    unless: Test | None


@dataclass(frozen=True, slots=True)
class Seat:
    """A node in the chart and everything the engine does there.

    ``held`` are the slots its `for` parts count in.
    """

    state: int
    region: str
    path: str
    node: Node
    rules: tuple[int, ...]
    reflexes: tuple[int, ...]
    held: tuple[int, ...]
    cues: tuple[CueRule, ...]


@dataclass(frozen=True, slots=True)
class Watch:
    """A condition that ``for`` or ``within`` looks back on; ``nesting`` counts those inside it.

    ``sampled`` on the tick, ``momentary`` when something happens. ``name``: whose it is, and the condition in words.
    """

    name: str
    test: Test
    nesting: int
    sampled: bool
    momentary: bool


@dataclass(frozen=True, slots=True)
class Stage:
    """What a tick samples together, by slot. What is nested deeper comes in an earlier stage."""

    held: tuple[tuple[int, Test], ...]
    recent: tuple[tuple[int, Test], ...]


@dataclass(frozen=True, slots=True)
class DriveTable:
    """One continuous state: its drives (which bit, how much in a tick, how much in a second, why), its decay.

    ``keep`` is the share of the distance to ``target`` that is left after one tick; 1 without decay.
    """

    name: str
    low: float
    high: float
    bits: tuple[int, ...]
    mask: int
    steps: tuple[float, ...]
    rates: tuple[float, ...]
    labels: tuple[str, ...]
    target: float
    keep: float


@dataclass(frozen=True, slots=True)
class Drives:
    """All drives: each distinct condition is tested once in a tick, and stands for a bit."""

    tests: tuple[tuple[int, Test], ...]
    tables: tuple[DriveTable, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a tick looks at in one configuration.

    ``tests``: conditions of transitions; ``delayed``: those that count only after their rule's deadline;
    ``conditions``: of the choices that are offered; ``rivals``: by region, its rules by index and in words.
    """

    tests: tuple[Test, ...]
    delayed: tuple[tuple[int, Test], ...]
    stages: tuple[Stage, ...]
    sampled: tuple[ReflexRule, ...]
    moments: tuple[ReflexRule, ...]
    offers: tuple[str, ...]
    conditions: tuple[Test, ...]
    rivals: Mapping[str, tuple[tuple[int, str], ...]]
    threat: Threat


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Tables by index: states as in the chart, signals and continuous states in the order of the file."""

    scenario: Scenario
    chart: Chart
    seats: tuple[Seat | None, ...]
    regions: Mapping[str, int]
    nodes: Mapping[str, int]
    signals: Mapping[str, int]
    rules: tuple[Rule, ...]
    rule_of: tuple[tuple[int, int], ...]
    """Chart transition -> (rule, which of its targets); (-1, 0) for the chart's own initial transitions."""
    reflexes: tuple[ReflexRule, ...]
    loose_reflexes: tuple[int, ...]
    held: tuple[Watch, ...]
    loose_held: tuple[int, ...]
    """Of these, what counts from the start of the session, not from a node's entry."""
    held_moments: tuple[tuple[int, Watch], ...]
    """Of these, by slot, what can be broken between ticks."""
    recent: tuple[Watch, ...]
    recent_moments: tuple[tuple[int, Watch], ...]
    """Of these, by slot, what can happen between ticks."""
    drives: Drives
    choice_tests: Mapping[str, Test]
    plans: dict[frozenset[int], Plan] = field(default_factory=dict, compare=False, repr=False)

    def plan(self, configuration: set[int]) -> Plan:
        """What to look at while exactly these states are active."""
        key = frozenset(configuration)
        found = self.plans.get(key)
        if found is None:
            if len(self.plans) >= _MAX_PLANS:
                self.plans.clear()
            found = self.plans[key] = self._plan(sorted(key))
        return found

    def _plan(self, active: list[int]) -> Plan:
        seats = [seat for state in active if (seat := self.seats[state]) is not None]
        every = (self.rules[index] for seat in seats for index in seat.rules)
        rules = [rule for rule in every if rule.eventless]
        held = [*self.loose_held, *(slot for seat in seats for slot in seat.held)]
        reflexes = [
            self.reflexes[i] for i in (*self.loose_reflexes, *(r for seat in seats for r in seat.reflexes))
        ]
        named = {name for seat in seats for name in seat.node.offers}
        offers = tuple(name for name in self.scenario.choices if name in named)
        return Plan(
            tests=tuple(rule.test for rule in rules if rule.test is not None and rule.delay is None),
            delayed=tuple((rule.index, rule.test) for rule in rules if rule.test is not None and rule.delay),
            stages=self._stages(held),
            sampled=tuple(rule for rule in reflexes if rule.sampled),
            moments=tuple(rule for rule in reflexes if rule.momentary),
            offers=offers,
            conditions=tuple(self.choice_tests[name] for name in offers if name in self.choice_tests),
            rivals=_rivals([self.rules[index] for seat in seats for index in seat.rules]),
            threat=_threat(seats),
        )

    def _stages(self, held: list[int]) -> tuple[Stage, ...]:
        lasting = [(slot, self.held[slot]) for slot in held]
        recent = [(slot, watch) for slot, watch in enumerate(self.recent) if watch.sampled]
        return tuple(
            Stage(
                tuple((slot, watch.test) for slot, watch in lasting if watch.nesting == depth),
                tuple((slot, watch.test) for slot, watch in recent if watch.nesting == depth),
            )
            for depth in sorted({watch.nesting for _, watch in lasting + recent})
        )


def _rivals(rules: list[Rule]) -> dict[str, tuple[tuple[int, str], ...]]:
    found: dict[str, tuple[tuple[int, str], ...]] = {}
    for rule in rules:
        words = f"{' or '.join(rule.targets)}: {rule.text}"
        found[rule.region] = (*found.get(rule.region, ()), (rule.index, words))
    return found


def _threat(seats: list[Seat]) -> Threat:
    """Of the first region that declares one: the deepest declaration."""
    found: dict[str, Threat] = {}
    for seat in seats:
        if seat.node.threat is not None:
            found[seat.region] = seat.node.threat
    return next(iter(found.values()), "calm")
