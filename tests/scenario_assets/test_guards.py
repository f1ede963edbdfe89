"""Guards: what is written is what is read, three-valued logic, and `for`/`within` against a naive oracle."""

from collections.abc import Mapping, Sequence
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenario_assets.language import Scenario
from scenario_assets.language.guard_parse import GuardError, parse_guard
from scenario_assets.language.guard_tree import (
    And,
    Between,
    Compare,
    FactIs,
    Flag,
    Happened,
    Held,
    InNode,
    Not,
    Or,
    Recent,
    Tree,
    print_guard,
)
from scenario_assets.language.units import UNITS, Quantity, UnitError, in_dimension, quantity
from scenario_assets.runtime import Engine, Inject
from scenario_assets.runtime.guards import compile_guard
from scenario_assets.runtime.memory import Memory
from tests.scenario_assets.texts import small

names = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True).filter(
    lambda name: name not in ("and", "or", "not", "for", "within", "in")
)
quantities = st.builds(
    Quantity, st.decimals(-9999, 9999, places=4).map(lambda d: float(d) + 0.0), st.sampled_from([*UNITS])
).filter(lambda q: q.unit not in ("/s", "/min"))
leaves = st.one_of(
    st.builds(Compare, names, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), quantities),
    st.builds(Between, names, quantities, quantities),
    st.builds(Flag, names),
    st.builds(Happened, st.sampled_from(["choice", "act", "radio", "event", "said", "inject"]), names),
    st.builds(InNode, st.lists(names, min_size=1, max_size=3).map(".".join)),
    st.builds(FactIs, names, names),
)


def _grown(part: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    several = st.lists(part, min_size=2, max_size=3).map(tuple)
    durations = st.integers(1, 10**6)
    return st.one_of(
        st.builds(Not, part),
        st.builds(And, several),
        st.builds(Or, several),
        st.builds(Held, part, durations),
        st.builds(Recent, part, durations),
    )


trees: st.SearchStrategy[Tree] = st.recursive(leaves, _grown, max_leaves=8)


@given(trees)
def test_a_printed_guard_reads_as_itself(tree: Tree) -> None:
    assert parse_guard(print_guard(tree)) == tree


@given(st.text(max_size=40))
def test_any_text_is_a_guard_or_a_guard_error(text: str) -> None:
    try:
        tree = parse_guard(text)
    except GuardError as refused:
        error = refused
    else:
        assert parse_guard(print_guard(tree)) == tree
        return
    assert 0 <= error.offset <= len(text)
    assert error.code in ("S002", "S024")


def test_the_grammar_by_example() -> None:
    assert parse_guard("distance < 2 m for 1.5 s") == Held(Compare("distance", "<", Quantity(2, "m")), 1500)
    assert parse_guard("2 m > distance") == Compare("distance", "<", Quantity(2, "m"))
    assert parse_guard("a and b or not c") == Or((And((Flag("a"), Flag("b"))), Not(Flag("c"))))
    assert parse_guard("said(open_question) within 6 s") == Recent(Happened("said", "open_question"), 6000)
    assert parse_guard("voice in [-3 LU, 3 LU]") == Between("voice", Quantity(-3, "LU"), Quantity(3, "LU"))
    assert parse_guard("(not speaking) for 4 s") == Held(Not(Flag("speaking")), 4000)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "and",
        "a b",
        "a < ",
        "a < b",
        "(a",
        "a)",
        "a for 3",
        "a for 3 m",
        "a for 0 s",
        "a for -1 s",
        "eval(a)",
        "a.__class__()",
        "choice()",
        "choice(a, b)",
        "fact(a)",
        "a in [1, 2",
        "a in 1",
        "1 <",
        "a < 2 parsec",
        "lambda: 1",
        "a" * 2000,
        "(" * 200 + "a" + ")" * 200,
        "not " * 200 + "a",
        "a for 1 s within 2 s",
    ],
)
def test_what_is_no_guard_is_refused(text: str) -> None:
    with pytest.raises(GuardError):
        parse_guard(text)


@pytest.mark.parametrize(
    "text", ["a and b for 1 s", "a for 1 s or b", "not a for 1 s", "a or not b within 1 s"]
)
def test_ambiguous_precedence_is_refused(text: str) -> None:
    with pytest.raises(GuardError, match="parenthes") as caught:
        parse_guard(text)
    assert caught.value.code == "S024"


@given(quantities)
def test_quantities_read_as_printed(value: Quantity) -> None:
    assert quantity(str(value)) == value


def test_units_are_not_mixed() -> None:
    assert in_dimension("1.5 min", "time").milliseconds == 90_000
    assert in_dimension("250 cm", "length").base == 2.5
    with pytest.raises(UnitError, match="is a level, expected a length such as '2 m'"):
        in_dimension("3 LU", "length")


SCENARIO = small()


class _Symbols:
    """Signals a, b, c; watches are kept so that a test can feed them."""

    def __init__(self) -> None:
        self.signals: Mapping[str, int] = {"a": 0, "b": 1, "c": 2}
        self.states: Mapping[str, int] = {}
        self.nodes: Mapping[str, int] = {}

    def watch_held(self, part: Tree) -> int:
        raise AssertionError("not used here")

    watch_recent = watch_held


_parts = st.recursive(
    st.sampled_from([Flag("a"), Flag("b"), Flag("c")]),
    lambda part: st.one_of(
        st.builds(Not, part),
        st.builds(lambda x, y: And((x, y)), part, part),
        st.builds(lambda x, y: Or((x, y)), part, part),
    ),
    max_leaves=6,
)
_values = st.tuples(*[st.sampled_from([True, False, None])] * 3)


def _value(tree: Tree, values: Sequence[bool | None]) -> bool | None:
    memory = Memory(SCENARIO, 0, 0, 0)
    memory.signals = list(values)
    return compile_guard(tree, _Symbols())(memory)


@given(_parts, _parts, _parts, _values)
def test_kleene_laws(x: Tree, y: Tree, z: Tree, values: tuple[bool | None, ...]) -> None:
    def same(one: Tree, other: Tree) -> bool:
        return _value(one, values) is _value(other, values)

    assert same(Not(Not(x)), x)
    assert same(Not(And((x, y))), Or((Not(x), Not(y))))
    assert same(Not(Or((x, y))), And((Not(x), Not(y))))
    assert same(And((x, y)), And((y, x)))
    assert same(Or((x, And((y, z)))), And((Or((x, y)), Or((x, z)))))
    assert same(And((x, y, z)), And((And((x, y)), z)))
    assert same(Or((x, y, z)), Or((Or((x, y)), z)))


@given(_parts, _values)
def test_an_unknown_that_decides_stays_unknown(x: Tree, values: tuple[bool | None, ...]) -> None:
    """What is said in spite of unknowns holds whatever the unknowns are."""
    said = _value(x, values)
    if said is not None:
        filled = [[v] if v is not None else [True, False] for v in values]
        assert all(_value(x, (a, b, c)) is said for a in filled[0] for b in filled[1] for c in filled[2])


# -- time ---

_TICK = 50
_trace = st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=60)


@cache
def _scenario(guard: str) -> Scenario:
    """The choice `offer` is offered in the first node exactly while the guard is true."""
    return small(("Come along., when: agitation < 70", f'Come along., when: "{guard}"'))


def _observed(guard: str, trace: Sequence[bool | None]) -> list[bool]:
    engine = Engine(_scenario(guard), seed=1)
    engine.start()
    shown = []
    for tick, value in enumerate(trace, 1):
        engine.observe({"speaking": value}, tick * _TICK)
        engine.advance(tick * _TICK)
        shown.append("offer" in engine.offered)
    return shown


def _held(trace: Sequence[bool | None], tick: int, ms: int) -> bool | None:
    """Oracle: value k holds from tick k+1 until the next tick; before 0 ms everything was false."""
    now = (tick + 1) * _TICK
    window = [value for k, value in enumerate(trace[: tick + 1]) if (k + 2) * _TICK > now - ms]
    if False in [*window[:-1], trace[tick]] or now - ms < _TICK:
        return False
    return None if None in window else True


def _recent(trace: Sequence[bool | None], tick: int, ms: int) -> bool | None:
    now = (tick + 1) * _TICK
    window = [value for k, value in enumerate(trace[: tick + 1]) if (k + 1) * _TICK >= now - ms]
    return True if True in window else None if None in window else False


@given(_trace, st.sampled_from([1, 50, 60, 100, 130, 500]))
def test_for_agrees_with_the_oracle(trace: list[bool | None], ms: int) -> None:
    expected = [_held(trace, tick, ms) for tick in range(len(trace))]
    assert _observed(f"speaking for {ms} ms", trace) == [value is True for value in expected]
    assert _observed(f"not (speaking for {ms} ms)", trace) == [value is False for value in expected]


@given(_trace, st.sampled_from([1, 50, 60, 100, 130, 500]))
def test_within_agrees_with_the_oracle(trace: list[bool | None], ms: int) -> None:
    expected = [_recent(trace, tick, ms) for tick in range(len(trace))]
    assert _observed(f"speaking within {ms} ms", trace) == [value is True for value in expected]
    assert _observed(f"not (speaking within {ms} ms)", trace) == [value is False for value in expected]


@given(_trace)
def test_within_also_samples_what_could_happen_between_ticks(trace: list[bool | None]) -> None:
    assert _observed("(inject(siren) or speaking) within 100 ms", trace) == _observed("speaking within 100 ms", trace)


def test_a_happening_between_ticks_breaks_a_for_that_it_makes_false() -> None:
    engine = Engine(_scenario("(not inject(siren)) for 500 ms"), seed=1)
    engine.start()
    engine.advance(1_000)
    assert "offer" in engine.offered
    engine.apply(Inject("siren"), 1_010)
    assert "offer" not in engine.offered
    engine.advance(1_500)
    assert "offer" not in engine.offered
    engine.advance(1_550)  # counted anew from the tick at 1050 ms
    assert "offer" in engine.offered


def test_a_for_inside_within_is_counted_whatever_node_is_active() -> None:
    """Both nodes ask for the same thing; leaving the first must not freeze what the second looks back on."""
    spoken = "(speaking for 500 ms) within 2 s"
    scenario = small(
        ("when: distance < 1 m for 1 s", f'when: "({spoken}) and distance < 1 m"'),
        ("{when: agitation < 60 for 2 s, to: pacing}", f'{{when: "not ({spoken})", to: left}}'),
        ("when: distance < 2 m, rate: +6 /s", "when: distance < 0.1 m, rate: +6 /s"),
    )
    engine = Engine(scenario, seed=1)
    engine.start()
    engine.observe({"speaking": True}, 50)
    engine.observe({"distance": 0.5}, 1_000)
    engine.advance(1_000)
    assert engine.nodes["person"] == "shouting"
    engine.observe({"speaking": False}, 1_050)
    engine.advance(3_000)
    assert engine.outcome is None  # at 1000 ms it had lasted, which is within 2 s of now
    engine.advance(3_050)
    assert engine.outcome == "left"
