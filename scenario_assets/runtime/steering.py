"""How an instructor steers a running scenario: sends a region somewhere, nudges a state, holds a rule back.

Like every input it is handled at its own millisecond and can be replayed. Nothing here is part of a tick.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from scenario_assets.runtime.errors import Senseless, UnknownName
from scenario_assets.runtime.inputs import Goto, Hold, Nudge, Steer
from scenario_assets.runtime.memory import STEER
from scenario_assets.runtime.program import Rule, Seat
from scenario_assets.runtime.run import Run

#: Why a state changed that an instructor has nudged.
NUDGED = "nudged by the instructor"


@dataclass(frozen=True, slots=True)
class Ahead:
    """A rule that could fire next: where it leads (with which weights), its condition in words.

    ``holds`` is whether it would fire now, None while a signal that decides it is not known; ``held`` is whether
    an instructor keeps it back. ``due_ms`` is when its `after` is over, None for a rule without.
    """

    region: str
    rule: str
    targets: tuple[str, ...]
    weights: tuple[float, ...]
    label: str
    text: str
    held: bool
    holds: bool | None
    due_ms: int | None


def ways(run: Run) -> tuple[Ahead, ...]:
    """What could happen next: region by region, in the order in which rules are tried. Changes nothing."""
    if run.outcome is not None:
        return ()
    return tuple(_ahead(run, rule) for seat in _active(run) for rule in map(run.program.rules.__getitem__, seat.rules))


def _active(run: Run) -> Iterator[Seat]:
    """The seats of the active nodes: region by region, the deeper node first."""
    seats = [seat for state in sorted(run.memory.active, reverse=True) if (seat := run.program.seats[state])]
    for region in run.program.regions:
        yield from (seat for seat in seats if seat.region == region)


def _ahead(run: Run, rule: Rule) -> Ahead:
    memory = run.memory
    due = memory.deadlines[rule.index] if rule.delay is not None else None
    holds = rule.test(memory) if rule.test is not None else True
    return Ahead(
        region=rule.region,
        rule=rule.id,
        targets=rule.targets,
        weights=rule.weights,
        label=rule.label,
        text=rule.text,
        held=rule.index in run.holding,
        holds=False if due is not None and memory.now < due else holds,
        due_ms=due,
    )


def check(run: Run, given: Steer) -> None:
    """Raise ``UnknownName`` for a name that is not the scenario's, ``Senseless`` where nothing would come of it."""
    match given:
        case Goto(region, node):
            _check_goto(run, region, node)
        case Nudge(state, by):
            _check_nudge(run, state, by)
        case Hold(name, on):
            held = _rule(run, name).index in run.holding
            if held == on:
                raise Senseless(f"{name} is held already" if on else f"nobody holds {name}")


def steer(run: Run, given: Steer) -> None:
    """Do it; raises as ``check`` does, and then nothing has changed."""
    check(run, given)
    match given:
        case Goto(region, node):
            run.handle((STEER, f"{region}.{node}"))
        case Nudge(state, by):
            run.dynamics.add(state, by, NUDGED, run.out)
            run.reconsider()
        case Hold(name, on):
            rule = _rule(run, name)
            if on:
                run.holding.add(rule.index)
            else:
                run.release(rule)


def _check_goto(run: Run, region: str, node: str) -> None:
    program = run.program
    if region not in program.regions:
        raise UnknownName(f"no region {region!r}; known: {', '.join(program.regions)}")
    if f"{region}.{node}" not in program.nodes:
        known = (path.removeprefix(f"{region}.") for path in program.nodes if path.startswith(f"{region}."))
        raise UnknownName(f"region {region!r} has no node {node!r}; known: {', '.join(known)}")


def _check_nudge(run: Run, state: str, by: float) -> None:
    dynamic = run.program.scenario.dynamics.get(state)
    if dynamic is None:
        known = ", ".join(run.program.scenario.dynamics) or "none"
        raise UnknownName(f"no continuous state {state!r}; known: {known}")
    low, high = dynamic.range
    if not math.isfinite(by) or by == 0 or abs(by) > high - low:
        raise Senseless(f"{state} goes from {low:g} to {high:g}; it cannot be nudged by {by:g}")


def _rule(run: Run, name: str) -> Rule:
    """The ``next`` entry of this id."""
    for rule in run.program.rules:
        if rule.id == name and rule.source:
            return rule
    raise UnknownName(f"no rule {name!r}; a node's rules are called <region>.<node>.next[0], .next[1] and so on")
