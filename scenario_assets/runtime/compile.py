"""From a scenario to its ``Program``: numbering the chart, compiling guards, laying out tables."""

import operator
from collections.abc import Callable, Iterable, Mapping
from functools import reduce

from scenario_assets.language.behaviour import Cue, Dynamic, Reflex
from scenario_assets.language.behaviour import Transition as Way
from scenario_assets.language.document import Scenario
from scenario_assets.language.guard_tree import (
    Atom,
    Between,
    Compare,
    FactIs,
    Flag,
    Happened,
    Tree,
    atoms,
    momentary,
    needs_happening,
    nesting,
    print_guard,
)
from scenario_assets.language.paths import resolve
from scenario_assets.language.values import Guard
from scenario_assets.runtime.guards import Test, compile_guard
from scenario_assets.runtime.layout import Draft, Layout, Tried
from scenario_assets.runtime.memory import STEER, Event, Memory
from scenario_assets.runtime.program import (
    TICK_MS,
    CueRule,
    Drives,
    DriveTable,
    Program,
    Read,
    ReflexRule,
    Rule,
    Seat,
    Watch,
)

#: A server runs few scenarios at a time; compiled ones are kept by content hash.
_KEPT = 16
_programs: dict[tuple[str, str], Program] = {}


def program_of(scenario: Scenario) -> Program:
    """The compiled scenario; the same object for the same content in the same language."""
    if not scenario.sha256:
        return _Compiler(scenario).program()
    key = scenario.sha256, scenario.locale
    program = _programs.get(key)
    if program is None:
        while len(_programs) >= _KEPT:
            del _programs[next(iter(_programs))]
        program = _programs[key] = _Compiler(scenario).program()
    return program


class _Compiler:
    """Implements ``guards.Symbols`` while it works through the scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.signals: Mapping[str, int] = {name: index for index, name in enumerate(scenario.signals)}
        self.states: Mapping[str, int] = {name: index for index, name in enumerate(scenario.dynamics)}
        self._layout = Layout(scenario)
        self.nodes: Mapping[str, int] = self._layout.nodes
        self._rules: list[Rule] = []
        self._reflexes: list[ReflexRule] = []
        self._held: list[Watch] = []
        self._recent: list[Watch] = []
        self._loose_held: dict[Tree, int] = {}
        self._held_slots = self._loose_held  # of whoever's guards are compiled now,
        self._owner = ""  # which is this node, or nobody
        self._recent_slots: dict[Tree, int] = {}

    def program(self) -> Program:
        layout = self._layout
        loose_reflexes = tuple(
            self._reflex(reflex, f"reflexes[{n}]", "", "") for n, reflex in enumerate(self.scenario.reflexes)
        )
        drives = self._drives()
        choice_tests = {
            name: compile_guard(choice.when.tree, self)
            for name, choice in self.scenario.choices.items()
            if choice.when is not None
        }
        seats = tuple(self._seat(index, draft) for index, draft in enumerate(layout.drafts))
        return Program(
            scenario=self.scenario,
            chart=layout.chart(),
            seats=seats,
            regions=layout.regions,
            nodes=self.nodes,
            signals=self.signals,
            rules=tuple(self._rules),
            rule_of=tuple(layout.rule_of),
            reflexes=tuple(self._reflexes),
            loose_reflexes=loose_reflexes,
            held=tuple(self._held),
            loose_held=tuple(self._loose_held.values()),
            held_moments=tuple((slot, watch) for slot, watch in enumerate(self._held) if watch.momentary),
            recent=tuple(self._recent),
            recent_moments=tuple((slot, watch) for slot, watch in enumerate(self._recent) if watch.momentary),
            drives=drives,
            choice_tests=choice_tests,
        )

    # -- nodes ---

    def _seat(self, index: int, draft: Draft) -> Seat | None:
        if draft.node is None:
            if draft.region:
                self._gotos(index, draft)
            return None
        self._held_slots = {}
        full, node = draft.id, draft.node
        self._owner = full
        rules = tuple(self._way(index, draft, way, f"{full}.next[{n}]") for n, way in enumerate(node.next))
        reflexes = tuple(
            self._reflex(reflex, f"{full}.reflexes[{n}]", draft.region, draft.path)
            for n, reflex in enumerate(node.reflexes)
        )
        cues = tuple(self._cue(cue) for cue in node.cues)
        held = tuple(self._held_slots.values())
        return Seat(index, draft.region, draft.path, node, rules, reflexes, held, cues)

    def _way(self, state: int, draft: Draft, way: Way, rule_id: str) -> int:
        paths = [resolve(self.scenario, draft.region, draft.path, target.node) for target in way.to]
        targets = tuple(path for path in paths if path is not None)
        entries = [self._layout.entries[f"{draft.region}.{path}"] for path in targets]
        tree = way.when.tree if way.when else None
        tried = _tried(tree)
        made = [self._layout.transition(state, to, len(self._rules), n, tried) for n, to in enumerate(entries)]
        rule = Rule(
            index=len(self._rules),
            id=rule_id,
            state=state,
            first=made[0],
            region=draft.region,
            source=draft.path,
            targets=targets,
            weights=tuple(target.weight for target in way.to),
            label=way.label or _short(way),
            text=describe(way),
            test=compile_guard(tree, self) if tree is not None else None,
            delay=way.after,
            eventless=tried.eventless,
            do=way.do,
            reads=self._reads(tree),
        )
        self._rules.append(rule)
        return rule.index

    def _gotos(self, region: int, draft: Draft) -> None:
        prefix = f"{draft.region}."
        for full in [path for path in self.nodes if path.startswith(prefix)]:
            wanted = frozenset({("goto", full), (STEER, full)})
            tried = Tried(eventless=False, events=wanted)
            test = _happening(wanted)
            index = self._layout.transition(region, self.nodes[full], len(self._rules), 0, tried, internal=True)
            self._rules.append(
                Rule(
                    index=len(self._rules),
                    id=f"{full}.goto",
                    state=region,
                    first=index,
                    region=draft.region,
                    source="",
                    targets=(full.removeprefix(prefix),),
                    weights=(1.0,),
                    label="goto",
                    text=f"goto({full})",
                    test=test,
                    delay=None,
                    eventless=False,
                    do=(),
                    reads=((f"goto({full})", test),),
                )
            )

    def _reflex(self, reflex: Reflex, rule_id: str, region: str, path: str) -> int:
        tree = reflex.when.tree
        happening = momentary(tree)
        test = compile_guard(tree, self)
        rule = ReflexRule(
            len(self._reflexes),
            rule_id,
            region,
            path,
            reflex,
            reflex.again_after,
            test,
            not needs_happening(tree),
            happening,
        )
        self._reflexes.append(rule)
        return rule.index

    def _cue(self, cue: Cue) -> CueRule:
        return CueRule(cue, self._condition(cue.when), self._condition(cue.unless))

    def _condition(self, guard: Guard | None) -> Test | None:
        return compile_guard(guard.tree, self) if guard is not None else None

    def _drives(self) -> Drives:
        tests: dict[Tree, Test] = {}
        for dynamic in self.scenario.dynamics.values():
            for drive in dynamic.drives:
                if drive.when.tree not in tests:
                    tests[drive.when.tree] = compile_guard(drive.when.tree, self)
        order = list(tests)
        tables = (self._table(name, dynamic, order) for name, dynamic in self.scenario.dynamics.items())
        return Drives(tuple((1 << n, test) for n, test in enumerate(tests.values())), tuple(tables))

    @staticmethod
    def _table(name: str, dynamic: Dynamic, order: list[Tree]) -> DriveTable:
        decay = dynamic.half_life
        # Rounded, so that the last bit of a platform's pow() cannot make two replays differ.
        keep = round(0.5 ** (TICK_MS / decay.after), 15) if decay is not None and decay.after > 0 else 1.0
        bits = tuple(1 << order.index(drive.when.tree) for drive in dynamic.drives)
        return DriveTable(
            name=name,
            low=dynamic.range[0],
            high=dynamic.range[1],
            bits=bits,
            mask=reduce(operator.or_, bits, 0),
            steps=tuple(drive.rate * TICK_MS / 1000 for drive in dynamic.drives),
            rates=tuple(drive.rate for drive in dynamic.drives),
            labels=tuple(drive.label for drive in dynamic.drives),
            target=decay.to if decay is not None else 0.0,
            keep=keep,
        )

    # -- Symbols ---

    def watch_held(self, part: Tree) -> int:
        """One slot per owner and condition: a node's `for` counts from its entry."""
        if part not in self._held_slots:
            watch = self._watch(part, self._owner)
            self._held_slots[part] = len(self._held)
            self._held.append(watch)
        return self._held_slots[part]

    def watch_recent(self, part: Tree) -> int:
        """One slot per condition: `within` looks back over the whole session, and so does a `for` inside it."""
        if part not in self._recent_slots:
            owner, slots = self._owner, self._held_slots
            self._owner, self._held_slots = "", self._loose_held
            watch = self._watch(part, "")
            self._owner, self._held_slots = owner, slots
            self._recent_slots[part] = len(self._recent)
            self._recent.append(watch)
        return self._recent_slots[part]

    def _watch(self, part: Tree, owner: str) -> Watch:
        return Watch(
            f"{owner}: {print_guard(part)}", compile_guard(part, self), nesting(part), not needs_happening(part),
            momentary(part),
        )  # fmt: skip

    def _reads(self, tree: Tree | None) -> tuple[tuple[str, Read], ...]:
        if tree is None:
            return ()
        return tuple({name: (name, read) for name, read in map(self._read, atoms(tree))}.values())

    def _read(self, atom: Atom) -> tuple[str, Read]:
        match atom:
            case Compare(name=name) | Between(name=name) | Flag(name=name):
                return name, self._value(name)
            case FactIs(name=name):
                return f"fact({name})", lambda memory: memory.facts[name]
            case Happened():
                test = compile_guard(atom, self)
                return print_guard(atom), lambda memory: test(memory)
            case _:
                test = compile_guard(atom, self)
                return print_guard(atom), lambda memory: test(memory)

    def _value(self, name: str) -> Read:
        if name in self.states:
            state = self.states[name]
            return lambda memory: round(memory.states[state], 6)
        signal = self.signals[name]
        return lambda memory: memory.signals[signal]


def _tried(tree: Tree | None) -> Tried:
    """By what a rule with this guard can be enabled."""
    if tree is None or not momentary(tree):
        return Tried(eventless=True, events=frozenset())
    if not needs_happening(tree):
        return Tried(eventless=True, events=None)
    events = ((atom.kind, atom.name) for atom in atoms(tree) if isinstance(atom, Happened))
    return Tried(eventless=False, events=frozenset(events))


def _happening(events: frozenset[Event]) -> Callable[[Memory], bool]:
    """Whether one of these is what is happening."""
    return lambda memory: memory.event in events


def describe(way: Way) -> str:
    """A transition's condition in words, for branch records and graphs."""
    parts: Iterable[str] = (
        f"after {_span(way.after.low, way.after.high)}" if way.after is not None else "",
        way.when.text if way.when is not None else "",
    )
    return " and ".join(part for part in parts if part) or "at once"


def _span(low: float, high: float) -> str:
    return f"{low / 1000:g} s" if low == high else f"{low / 1000:g} to {high / 1000:g} s"


def _short(way: Way) -> str:
    return "to " + " or ".join(target.node for target in way.to)
