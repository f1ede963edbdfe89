"""Random guards on random traces, judged by RTAMT's online monitors: writes traces.json beside this file.

RTAMT pins an old antlr4, so it has an environment of its own:

    python -m venv /tmp/rtamt && /tmp/rtamt/bin/pip install rtamt==0.4.10
    /tmp/rtamt/bin/python tests/data/rtamt/generate.py

Signals have few levels, one character for each tick of 50 ms, and no bound of a guard lies on a level, so that
RTAMT's robustness is never zero and its sign is the truth. ``P for D`` is past-time ``historically[0:D]``,
``P within D`` is ``once[0:D]``. Nothing of Talkdown is imported here.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import rtamt

SEED = 20240611
TRACES = 300
TICKS = 100
TICK_MS = 50
LONGEST = 16  # ticks of a `for` or `within`
NESTING = 3


@dataclass(frozen=True)
class Formula:
    """The same condition for both readers, and for how many ticks it looks back."""

    guard: str
    stl: str
    horizon: int = 0


#: Per signal: its number of levels, a level's value, its unit.
SIGNALS: dict[str, tuple[int, Callable[[int], float], str]] = {
    "distance": (10, lambda level: level * 0.5, " m"),
    "voice": (10, lambda level: level * 5.0 - 20.0, " LU"),
    "speaking": (2, float, ""),
}


def atom(rng: random.Random) -> Formula:
    """A comparison between two levels, an interval, or a flag."""
    name = rng.choice([*SIGNALS])
    levels, value, unit = SIGNALS[name]
    if name == "speaking":
        return Formula("speaking", "(speaking >= 0.5)")
    low, high = sorted((value(0) + (value(1) - value(0)) * (n + 0.5)) for n in rng.sample(range(levels - 1), 2))
    match rng.choice(["<", ">", "in"]):
        case "<":
            return Formula(f"{name} < {high:g}{unit}", f"({name} < {high:g})")
        case ">":
            return Formula(f"{name} >= {low:g}{unit}", f"({name} >= {low:g})")
        case _:
            return Formula(
                f"{name} in [{low:g}{unit}, {high:g}{unit}]", f"(({name} >= {low:g}) and ({name} <= {high:g}))"
            )


def formula(rng: random.Random, depth: int) -> Formula:
    """A condition with up to ``depth`` operators one inside the other."""
    if depth == 0:
        return atom(rng)
    operator = rng.choice(["for", "within", "for", "within", "and", "or", "not"])
    one = formula(rng, depth - 1)
    if operator == "not":
        return Formula(f"not ({one.guard})", f"(not {one.stl})", one.horizon)
    if operator in ("and", "or"):
        other = formula(rng, rng.randrange(depth))
        guard = f"({one.guard}) {operator} ({other.guard})"
        return Formula(guard, f"({one.stl} {operator} {other.stl})", max(one.horizon, other.horizon))
    ticks = rng.randint(1, LONGEST)
    past = "historically" if operator == "for" else "once"
    guard = f"({one.guard}) {operator} {ticks * TICK_MS} ms"
    return Formula(guard, f"({past}[0:{ticks}]{one.stl})", one.horizon + ticks)


def levels(rng: random.Random, count: int) -> list[int]:
    """Levels that stay for a while and mostly go to a neighbour."""
    level = rng.randrange(count)
    found: list[int] = []
    while len(found) < TICKS:
        found += [level] * rng.randint(1, 12)
        step = rng.choice([-2, -1, 1, 2]) if count > 2 else 1
        level = (level + step) % count
    return found[:TICKS]


def truth(stl: str, traces: dict[str, list[int]]) -> str:
    """What RTAMT's online monitor says at each tick, as 1 and 0."""
    monitor = rtamt.StlDiscreteTimeSpecification()
    for name in traces:
        monitor.declare_var(name, "float")
    monitor.spec = stl
    monitor.parse()
    said = ""
    for tick in range(TICKS):
        robustness = monitor.update(tick, [(name, SIGNALS[name][1](trace[tick])) for name, trace in traces.items()])
        assert robustness != 0
        said += "1" if robustness > 0 else "0"
    return said


def main() -> None:
    """Write the traces: guards that are always, or never, true on theirs tell nothing and are drawn again."""
    rng = random.Random(SEED)
    cases: list[dict[str, object]] = []
    while len(cases) < TRACES:
        wanted = formula(rng, rng.randint(1, NESTING))
        if wanted.horizon == 0 or wanted.horizon > TICKS // 2:
            continue
        traces = {name: levels(rng, SIGNALS[name][0]) for name in SIGNALS if name in wanted.guard}
        said = truth(wanted.stl, traces)
        if 5 <= said[wanted.horizon :].count("1") <= TICKS - wanted.horizon - 5:
            signals = {name: "".join(map(str, trace)) for name, trace in traces.items()}
            cases.append({"guard": wanted.guard, "horizon": wanted.horizon, **signals, "true": said})
    head = {"monitor": f"rtamt {version('rtamt')}", "tick_ms": TICK_MS}
    lines = ",\n".join(json.dumps(case) for case in cases)
    text = f'{{"head": {json.dumps(head)}, "cases": [\n{lines}\n]}}\n'
    Path(__file__).with_name("traces.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
