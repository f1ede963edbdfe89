"""The statechart core: W3C SCXML's steps on small charts, and legal configurations on random ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenario_assets.runtime.statechart import Chart, Kind, Livelock, Machine, State, Transition

COMPOUND, PARALLEL, ATOMIC, FINAL = Kind.COMPOUND, Kind.PARALLEL, Kind.ATOMIC, Kind.FINAL
SHALLOW, DEEP = Kind.SHALLOW_HISTORY, Kind.DEEP_HISTORY


@dataclass
class Draft:
    """A state of a test chart: ``ways`` are (event or "", target ids); ``start`` is where it begins."""

    id: str
    kind: Kind = ATOMIC
    children: "Sequence[Draft]" = ()
    start: str = ""
    ways: Sequence[tuple[str, Sequence[str]]] = ()
    internal: bool = False


@dataclass
class Recorder:
    """A host that matches event names and writes down what happens."""

    events: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    done_events: bool = False
    machine: Machine[str] | None = None
    raises: dict[str, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    def received(self, event: str) -> None:
        self.log.append(f"?{event}")

    def enabled(self, transition: int, event: str | None) -> bool:
        return self.events[transition] == (event or "")

    def leaving(self, state: int) -> None:
        self.log.append(f"-{self.names[state]}")

    def taking(self, transition: int) -> None:
        self.log.append(f"!{transition}")

    def entering(self, state: int) -> None:
        self.log.append(f"+{self.names[state]}")
        if self.names[state] in self.raises and self.machine is not None:
            self.machine.raise_event(self.raises[self.names[state]])

    def done(self, state: int) -> None:
        self.log.append(f"done {self.names[state]}")


def build(root: Draft, host: Recorder, machine: type[Machine[str]] = Machine) -> Machine[str]:
    """A machine for the chart; transitions are numbered in the order they are found, initial ones first."""
    flat: list[tuple[Draft, int]] = []

    def number(draft: Draft, parent: int) -> None:
        index = len(flat)
        flat.append((draft, parent))
        for child in draft.children:
            number(child, index)

    number(root, -1)
    index = {draft.id: n for n, (draft, _) in enumerate(flat)}
    transitions: list[Transition] = []
    initial, ways = [-1] * len(flat), [[] for _ in flat]  # type: list[int], list[list[int]]
    for n, (draft, _) in enumerate(flat):
        if draft.start:
            initial[n] = len(transitions)
            transitions.append(Transition(len(transitions), n, (index[draft.start],)))
            host.events.append("(initial)")
    for n, (draft, _) in enumerate(flat):
        for event, targets in draft.ways:
            ways[n].append(len(transitions))
            transitions.append(
                Transition(len(transitions), n, tuple(index[t] for t in targets), draft.internal)
            )
            host.events.append(event)
    last = list(range(len(flat)))
    for n in range(len(flat) - 1, 0, -1):
        last[flat[n][1]] = max(last[flat[n][1]], last[n])
    states = tuple(
        State(n, d.id, d.kind, p, tuple(index[c.id] for c in d.children), last[n], initial[n], tuple(ways[n]))
        for n, (d, p) in enumerate(flat)
    )
    host.names = [draft.id for draft, _ in flat]
    host.machine = machine(Chart(states, tuple(transitions)), host)
    return host.machine


def active(machine: Machine[str]) -> set[str]:
    return {machine.chart.states[s].id for s in machine.atomic()}


def chart(*children: Draft, start: str) -> Draft:
    return Draft("root", COMPOUND, children, start)


def test_children_go_before_their_parents_on_leaving_and_after_them_on_entering() -> None:
    host = Recorder()
    a = Draft("a", COMPOUND, [Draft("a1")], "a1", [("go", ["b1"])])
    b = Draft("b", COMPOUND, [Draft("b1")], "b1")
    machine = build(chart(a, b, start="a"), host)
    machine.start()
    assert host.log == ["+a", "!1", "+a1"]
    host.log.clear()
    machine.process("go")
    assert host.log == ["?go", "-a1", "-a", "!3", "+b", "+b1"]


def test_the_deeper_state_wins_over_its_ancestor() -> None:
    host = Recorder()
    a = Draft("a", COMPOUND, [Draft("a1", ways=[("e", ["a2"])]), Draft("a2")], "a1", [("e", ["b"])])
    machine = build(chart(a, Draft("b"), start="a"), host)
    machine.start()
    machine.process("e")
    assert active(machine) == {"a2"}
    machine.process("e")
    assert active(machine) == {"b"}


def test_regions_move_together_and_conflicts_go_to_the_first_in_the_document() -> None:
    host = Recorder()
    left = Draft("left", COMPOUND, [Draft("l1", ways=[("e", ["l2"]), ("out", ["end"])]), Draft("l2")], "l1")
    right = Draft(
        "right", COMPOUND, [Draft("r1", ways=[("e", ["r2"]), ("out", ["other"])]), Draft("r2")], "r1"
    )
    both = Draft("both", PARALLEL, [left, right])
    machine = build(chart(both, Draft("end"), Draft("other"), start="both"), host)
    machine.start()
    assert active(machine) == {"l1", "r1"}
    machine.process("out")
    assert active(machine) == {"end"}
    machine = build(chart(both, Draft("end"), Draft("other"), start="both"), host := Recorder())
    machine.start()
    machine.process("e")
    assert active(machine) == {"l2", "r2"}


def test_internal_events_come_before_external_ones_and_eventless_before_both() -> None:
    host = Recorder(raises={"b": "inner"})
    machine = build(
        chart(
            Draft("a", ways=[("go", ["b"])]),
            Draft("b", ways=[("", ["c"])]),
            Draft("c", ways=[("inner", ["d"])]),
            Draft("d"),
            start="a",
        ),
        host,
    )
    machine.start()
    machine.process("go")
    assert active(machine) == {"d"}


def test_an_internal_transition_does_not_leave_its_source() -> None:
    for internal, expected in ((True, ["-a1", "!2", "+a2"]), (False, ["-a1", "-a", "!2", "+a", "+a2"])):
        host = Recorder()
        a = Draft("a", COMPOUND, [Draft("a1"), Draft("a2")], "a1", [("e", ["a2"])], internal)
        machine = build(chart(a, start="a"), host)
        machine.start()
        host.log.clear()
        machine.process("e")
        assert host.log[1:] == expected


@pytest.mark.parametrize(("kind", "expected"), [(SHALLOW, {"x1"}), (DEEP, {"x2"})])
def test_history_brings_back_what_was_active(kind: Kind, expected: set[str]) -> None:
    x = Draft("x", COMPOUND, [Draft("x1", ways=[("deeper", ["x2"])]), Draft("x2")], "x1")
    y = Draft("y", ways=[("next", ["x"])])
    a = Draft("a", COMPOUND, [Draft("h", kind, start="y"), y, x], "y", [("leave", ["b"])])
    machine = build(chart(a, Draft("b", ways=[("back", ["h"])]), start="b"), Recorder())
    machine.start()
    machine.process("back")
    assert active(machine) == {"y"}  # nothing to remember yet: the default
    for event in ("next", "deeper", "leave", "back"):
        machine.process(event)
    assert active(machine) == expected


@pytest.mark.parametrize("internal", [True, False])
def test_a_history_around_the_way_back_does_not_enter_again_what_was_not_left(internal: bool) -> None:
    """The recommendation's algorithm would enter y, and x if internal, a second time without leaving them."""
    x = Draft("x", COMPOUND, [Draft("x1", ways=[("on", ["x2"])]), Draft("x2")], "x1", [("back", ["h"])], internal)
    y = Draft("y", COMPOUND, [x], "x")
    a = Draft("a", COMPOUND, [Draft("h", DEEP, start="y"), y], "y", [("out", ["b"])])
    machine = build(chart(a, Draft("b", ways=[("in", ["h"])]), start="a"), host := Recorder())
    machine.start()
    for event in ("on", "out", "in"):
        machine.process(event)
    host.log.clear()
    machine.process("back")
    assert active(machine) == {"x2"}
    left = [entry[1:] for entry in host.log if entry.startswith("-")]
    assert sorted(left) == sorted(entry[1:] for entry in host.log if entry.startswith("+"))


def test_a_final_child_tells_its_parent_and_a_finished_parallel_its_own() -> None:
    host = Recorder()
    regions = [
        Draft(
            f"r{n}", COMPOUND, [Draft(f"r{n}a", ways=[("e", [f"r{n}f"])]), Draft(f"r{n}f", FINAL)], f"r{n}a"
        )
        for n in (1, 2)
    ]
    machine = build(chart(Draft("p", PARALLEL, regions), start="p"), host)
    machine.start()
    machine.process("e")
    assert [entry for entry in host.log if entry.startswith("done")] == ["done r1", "done r2", "done p"]
    assert machine.running


def test_a_final_child_of_the_root_ends_the_machine() -> None:
    machine = build(chart(Draft("a", ways=[("e", ["f"])]), Draft("f", FINAL), start="a"), Recorder())
    machine.start()
    machine.process("e")
    assert not machine.running
    machine.process("e")


def test_a_livelock_is_told_and_not_hung_in() -> None:
    machine = build(
        chart(
            Draft("a", ways=[("e", ["b"])]),
            Draft("b", ways=[("", ["c"])]),
            Draft("c", ways=[("", ["b"])]),
            start="a",
        ),
        Recorder(),
    )
    machine.start()
    with pytest.raises(Livelock, match="1000 microsteps"):
        machine.process("e")


# -- random charts ---

_KINDS = st.sampled_from([ATOMIC, COMPOUND, PARALLEL])


@st.composite
def charts(draw: st.DrawFn) -> Draft:
    """A random tree of states with random transitions on events a, b, c."""
    counter = iter(range(1000))

    def grow(depth: int) -> Draft:
        kind = draw(_KINDS) if depth < 3 else ATOMIC
        name = f"s{next(counter)}"
        if kind is ATOMIC:
            return Draft(name)
        children = [grow(depth + 1) for _ in range(draw(st.integers(1, 3)))]
        if kind is COMPOUND and draw(st.booleans()):
            children.insert(
                0, Draft(f"{name}h", draw(st.sampled_from([SHALLOW, DEEP])), start=children[0].id)
            )
        real = [child.id for child in children if child.kind not in (SHALLOW, DEEP)]
        return Draft(name, kind, children, draw(st.sampled_from(real)) if kind is COMPOUND else "")

    top = [grow(1) for _ in range(draw(st.integers(1, 3)))]
    root = Draft("root", COMPOUND, top, top[0].id)
    every = list(_walk(root))[1:]
    for draft in every:
        if draft.kind not in (SHALLOW, DEEP):
            targets = st.sampled_from([other.id for other in every])
            draft.ways = draw(
                st.lists(st.tuples(st.sampled_from("abc"), targets.map(lambda target: [target])), max_size=2)
            )
            draft.internal = draw(st.booleans())
    return root


def _walk(draft: Draft) -> "list[Draft]":
    return [draft, *(inner for child in draft.children for inner in _walk(child))]


@given(charts(), st.lists(st.sampled_from("abc"), max_size=12))
def test_every_configuration_is_legal(root: Draft, events: list[str]) -> None:
    machine = build(root, host := Recorder())
    machine.start()
    for event in events:
        machine.process(event)
        _legal(machine)
    entered = sum(entry.startswith("+") for entry in host.log)
    left = sum(entry.startswith("-") for entry in host.log)
    assert entered - left == len(machine.configuration)


def _legal(machine: Machine[str]) -> None:
    for index in {0, *machine.configuration}:
        state = machine.chart.states[index]
        history = (SHALLOW, DEEP)
        children = [c for c in state.children if machine.chart.states[c].kind not in history]
        inside = [child for child in children if child in machine.configuration]
        assert state.kind not in history
        assert index == 0 or state.parent in {0, *machine.configuration}
        if state.kind is COMPOUND:
            assert len(inside) == 1
        if state.kind is PARALLEL:
            assert inside == children
