"""A state told anew: when a session steps to another state, its log and its clients must learn all of it."""

from collections.abc import Mapping

from scenario_assets.runtime.effects import Effect, Offered, Play, RadioChanged, StateCause
from scenario_assets.runtime.run import Run


def retold(run: Run, before: Mapping[str, float], label: str) -> tuple[Effect, ...]:
    """Where everybody is, what is offered, requested and shown, and why each continuous state is what it is.

    ``before`` are the states' values until now; a state that jumps does so for the reason ``label``.
    """
    now, memory = run.memory.now, run.memory
    effects: list[Effect] = [run.cast.told(name) for name in run.cast.bodies]
    for state in sorted(memory.active):
        seat = run.program.seats[state]
        if seat is not None and seat.node.media is not None:
            effects.append(Play(now, seat.region, seat.path, seat.node.media))
    for index, name in enumerate(run.program.scenario.dynamics):
        value, cause = round(memory.states[index], 6), run.dynamics.causes[index]
        added = round(value - before.get(name, value), 6)
        if added:
            effects.append(StateCause(now, name, label, 0.0, value, added))
        effects.append(StateCause(now, name, cause.label, cause.rate, value))
    effects += [RadioChanged(now, request, status) for request, status in run.radio.items()]
    effects.append(Offered(now, run.offered))
    return tuple(effects)
