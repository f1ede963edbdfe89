"""A guard said to be never true is true for no values at all (the other way round may be too hopeful)."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenario_assets.language.guard_parse import parse_guard
from scenario_assets.language.guard_tree import And, Between, Compare, FactIs, Flag, InNode, Not, Or, Tree
from scenario_assets.language.intervals import Interval, Ranges, possible
from scenario_assets.language.units import Quantity
from scenario_assets.runtime.compile import program_of
from scenario_assets.runtime.guards import compile_guard
from scenario_assets.runtime.memory import Memory
from tests.scenario_assets.texts import small

SCENARIO = small()
RANGES = Ranges(SCENARIO)
PROGRAM = program_of(SCENARIO)

metres = st.sampled_from([0, 1, 2, 19.9, 20, 21]).map(lambda value: Quantity(value, "m"))
leaves = st.one_of(
    st.builds(Compare, st.just("distance"), st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), metres),
    st.builds(Between, st.just("distance"), metres, metres),
    st.just(Flag("speaking")),
    st.sampled_from(["noise", "grief"]).map(lambda value: FactIs("reason", value)),
    st.sampled_from(["person.pacing", "person.talking", "person.talking.sitting", "bystander.near"]).map(
        InNode
    ),
)
trees: st.SearchStrategy[Tree] = st.recursive(
    leaves,
    lambda part: st.one_of(
        st.builds(Not, part),
        st.builds(And, st.lists(part, min_size=2, max_size=3).map(tuple)),
        st.builds(Or, st.lists(part, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)


class _Symbols:
    """The small scenario's names; `for` and `within` are not used here."""

    def __init__(self) -> None:
        self.signals: Mapping[str, int] = PROGRAM.signals
        self.states: Mapping[str, int] = {}
        self.nodes: Mapping[str, int] = PROGRAM.nodes

    def watch_held(self, part: Tree) -> int:
        raise AssertionError("not used here")

    watch_recent = watch_held


def _worlds() -> list[Memory]:
    """Every combination of values that matters to the leaves above."""
    worlds = []
    leaves = ["person.pacing", "person.talking.sitting", "person.helped"]
    for distance in (0.0, 0.5, 1.0, 1.5, 2.0, 10.0, 19.9, 19.95, 20.0):
        for speaking in (True, False):
            for reason in ("noise", "grief"):
                for person in leaves:
                    for bystander in ("bystander.near", "bystander.far"):
                        memory = Memory(SCENARIO, 0, 0, 0)
                        memory.signals[PROGRAM.signals["distance"]] = distance
                        memory.signals[PROGRAM.signals["speaking"]] = speaking
                        memory.facts = {"reason": reason}
                        memory.active = {PROGRAM.nodes[person], PROGRAM.nodes[bystander]}
                        if "." in person.removeprefix("person."):
                            memory.active.add(PROGRAM.nodes["person.talking"])
                        worlds.append(memory)
    return worlds


WORLDS = _worlds()


@given(trees)
def test_never_means_never(tree: Tree) -> None:
    if not possible(tree, RANGES, sampled=False):
        test = compile_guard(tree, _Symbols())
        assert not any(test(world) for world in WORLDS)


@pytest.mark.parametrize(
    ("guard", "can"),
    [
        ("distance < 0 m", False),
        ("distance <= 0 m", True),
        ("distance > 20 m", False),
        ("not (distance <= 20 m)", False),
        ("distance < 2 m and (distance > 3 m or distance > 1 m)", True),
        ("distance in [3 m, 2 m]", False),
        ("speaking and not speaking", False),
        ("node(person.pacing) and node(person.shouting)", False),
        ("node(person.talking) and node(person.talking.sitting)", True),
        ("not node(bystander.near) and not node(bystander.far)", False),
        ("(distance < 2 m for 1 s) and distance > 3 m", False),
        ("(distance < 2 m within 1 s) and distance > 3 m", True),
        ("said(reflection) and said(threat)", False),
        ("(said(reflection) within 5 s) and said(threat)", True),
        ("agitation > 50 and agitation < 40", False),
    ],
)
def test_by_example(guard: str, can: bool) -> None:
    assert possible(parse_guard(guard), RANGES, sampled=False) is can


def test_very_many_alternatives_are_taken_as_possible() -> None:
    part = " and ".join(f"(distance < {n}.5 m or speaking or voice > {n} LU)" for n in range(8))
    assert possible(parse_guard(part), RANGES, sampled=False)


def test_intervals_meet() -> None:
    assert Interval(0, 2).meet(Interval(1, 3)) == Interval(1, 2)
    assert Interval(0, 2, high_open=True).meet(Interval(2, 3)).empty
    assert not Interval(0, 2).meet(Interval(2, 3)).empty
