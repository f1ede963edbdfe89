"""What is said to follow does follow, and a transition said never to be taken is never taken, whatever happens."""

import random
from itertools import product

import pytest
from hypothesis import given

from scenario_assets.language import examine
from scenario_assets.language.entailment import always, implies, meaning
from scenario_assets.language.guard_parse import parse_guard
from scenario_assets.language.guard_tree import Tree
from scenario_assets.runtime import Branch, Choice, Engine, Said
from scenario_assets.runtime.guards import compile_guard
from tests.scenario_assets.test_intervals import RANGES, WORLDS, _Symbols, trees
from tests.scenario_assets.texts import changed


@given(trees)
def test_always_means_always(tree: Tree) -> None:
    if always(tree, RANGES, sampled=False):
        test = compile_guard(tree, _Symbols())
        assert all(test(world) for world in WORLDS)


@given(trees, trees)
def test_what_follows_is_true_whenever_the_premise_is(premise: Tree, conclusion: Tree) -> None:
    one, other = (meaning(tree, RANGES, sampled=False) for tree in (premise, conclusion))
    if implies(one, other):
        first, second = compile_guard(premise, _Symbols()), compile_guard(conclusion, _Symbols())
        assert all(second(world) for world in WORLDS if first(world))


@pytest.mark.parametrize(
    ("premise", "conclusion", "follows"),
    [
        ("agitation >= 85", "agitation >= 80", True),
        ("agitation >= 80", "agitation >= 85", False),
        ("agitation >= 85 and speaking", "agitation >= 80", True),
        ("agitation >= 85", "agitation >= 80 or distance < 1 m", True),
        ("agitation >= 85 or agitation < 3", "agitation >= 80 or agitation < 5", True),
        ("distance < 1 m", "distance < 2 m", True),
        ("distance < 1 m", "distance < 2 m or speaking", True),
        ("distance in [1 m, 2 m]", "distance <= 2 m", True),
        ("distance < 1 m for 2 s", "distance < 1 m for 1 s", True),
        ("distance < 1 m for 1 s", "distance < 1 m for 2 s", False),
        ("distance < 1 m for 1 s", "distance < 1 m", True),
        ("speaking within 1 s", "speaking within 2 s", True),
        ("speaking within 1 s", "speaking", False),
        ("choice(greet) and agitation > 50", "choice(greet)", True),
        ("choice(greet)", "choice(greet) or choice(offer)", True),
        ("fact(reason, noise)", "not fact(reason, grief)", True),
        ("node(person.talking.sitting)", "node(person.talking)", True),
        # While the distance is unknown, nothing is known of it; the first guard is true all the same.
        ("agitation > 50", "distance >= 0 m", False),
        ("agitation > 50 or distance < 1 m", "agitation > 50 or distance < 2 m", True),
    ],
)
def test_by_example(premise: str, conclusion: str, follows: bool) -> None:
    one, other = (meaning(parse_guard(text), RANGES, sampled=False) for text in (premise, conclusion))
    assert implies(one, other) is follows


PARTS = (
    "agitation > 50", "agitation > 60", "agitation <= 55", "distance < 2 m", "distance < 3 m", "speaking",
    "not speaking", "choice(greet)", "said(reflection)", "node(bystander.near)", "not node(bystander.near)",
    "(distance < 3 m for 500 ms)", "(distance < 3 m for 200 ms)", "(speaking within 1 s)", "(speaking within 2 s)",
    "(said(reflection) within 1 s)", "agitation < 200",
)  # fmt: skip


def _guard(source: random.Random) -> str:
    joined = f" {source.choice(('and', 'or'))} ".join(source.sample(PARTS, source.choice((1, 2, 2))))
    return joined.removeprefix("(").removesuffix(")") if joined.count("(") == 1 and joined.endswith(" s)") else joined


def _scenario(source: random.Random) -> str:
    """The small one, its first node with two transitions whose guards are drawn."""
    guards = [_guard(source), _guard(source)]
    if source.random() < 0.5:  # often one that follows from the other
        guards[1] = f"({guards[0]}) and {source.choice(PARTS)}" if "for" not in guards[0] else guards[0]
    times = ["", source.choice(("", "", "after: 2 s, ", "after: 3 s, "))]
    drawn = zip(times, guards, ("left", "helped"), strict=True)
    ways = [f"{{{time}when: {guard}, to: {to}}}" for time, guard, to in drawn]
    return changed(
        ("{when: agitation >= 80, to: shouting, label: escalation}", f"{ways[0]}\n        - {ways[1]}"),
        ("when: choice(greet), to: [{talking: 0.5}, {pacing: 0.5}], label: greeted", "after: 100 s, to: talking"),
        ("when: distance < 1 m for 1 s, to: shouting, label: cornered", "when: voice > 20 LU, to: shouting"),
    )


def _taken(text: str, source: random.Random) -> bool:
    """Whether the second transition is ever taken while signals jump about and inputs come at any time."""
    scenario, _ = examine("drawn.yaml", text=text)
    assert scenario is not None
    engine = Engine(scenario, seed=source.randrange(100))
    effects = list(engine.start())
    now = 0
    while now < 6_000 and engine.outcome is None:
        now += source.choice((10, 50, 170))
        effects += engine.advance(now)
        if engine.outcome is not None:
            break
        match source.randrange(5):
            case 0:
                effects += engine.observe({"distance": source.choice((0.5, 2.5, 9.0, None))}, now)
            case 1:
                effects += engine.observe({"speaking": source.choice((True, False, None))}, now)
            case 2:
                effects += engine.apply(Said(source.choice(("reflection", "threat"))), now)
            case 3 if "greet" in engine.offered:
                effects += engine.apply(Choice("greet"), now)
    return any(isinstance(effect, Branch) and effect.rule == "person.pacing.next[1]" for effect in effects)


def test_what_is_said_never_to_be_taken_is_never_taken() -> None:
    source = random.Random(20261)
    said = taken = 0
    for _ in range(250):
        text = _scenario(source)
        _, faults = examine("drawn.yaml", text=text)
        if any(fault.severity == "error" for fault in faults):
            continue
        never = any("person.pacing can never be taken" in fault.message for fault in faults)  # of the drawn two
        seen = any(_taken(text, source) for _ in range(4))
        assert not (never and seen), text
        said, taken = said + never, taken + seen
    assert said > 20, "the test has found few such transitions"
    assert taken > 20


def test_much_to_compare_is_taken_as_not_following() -> None:
    wide = " or ".join(f"distance < {n} m and voice > {n} LU" for n in range(12))
    one = meaning(parse_guard(wide), RANGES, sampled=False)
    other = meaning(parse_guard(f"{wide} or speaking"), RANGES, sampled=False)
    assert implies(one, one)
    assert not implies(one, other)


def test_shadows_by_time() -> None:
    for first, second, never in (
        ("after: 20 s", "after: 30 s", True),
        ("after: 20 s", "after: 20 s", True),
        ("after: 30 s", "after: 20 s", False),
        ('after: "uniform(10 s, 20 s)"', "after: 20 s", True),
        ('after: "uniform(10 s, 20 s)"', "after: 15 s", False),
        ("after: 20 s", "when: agitation > 60", False),
        ("after: 20 s", "when: agitation > 60, after: 25 s", True),
        ("when: agitation > 60", "when: agitation > 70, after: 5 s", True),
        ("when: agitation > 60, after: 5 s", "when: agitation > 70", False),
        ("when: agitation > 60, after: 5 s", "when: agitation > 70, after: 5 s", True),
        ("when: agitation > 60", "when: agitation > 70 and choice(greet)", False),
        ("when: choice(greet)", "when: agitation > 70 and choice(greet)", True),
        ("when: choice(greet) or agitation > 60", "when: agitation > 70", True),
        ("when: choice(greet) or agitation > 60", "when: choice(greet)", True),
    ):
        text = changed(
            ("{when: agitation >= 80, to: shouting, label: escalation}", f"{{{first}, to: shouting}}"),
            (", to: [{talking: 0.5}, {pacing: 0.5}], label: greeted}", ", to: talking}"),
            ("{when: choice(greet), to: talking}", f"{{{second}, to: talking}}"),
            ("\n        - {when: distance < 1 m for 1 s, to: shouting, label: cornered}", ""),
        )
        _, faults = examine("x.yaml", text=text)
        line = text[: text.index(f"{{{second}, to: talking}}")].count("\n") + 1
        told = [fault for fault in faults if "person.pacing can never be taken" in fault.message and fault.line == line]
        assert bool(told) is never, (first, second)


def test_the_drawn_guards_can_be_read() -> None:
    for one, other in product(PARTS, PARTS):
        parse_guard(f"{one} and {other}")
