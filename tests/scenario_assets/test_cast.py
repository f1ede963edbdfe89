"""What is seen of the cast: eyes and bearings tick by tick are those of the whole views."""

import pytest

from scenario_assets import library
from scenario_assets.runtime import Engine, Simulation

#: Places (x, z) of a trainee who stands still for a while, and moves.
PLACES = [(0.0, 3.0)] * 5 + [(0.1, 3.0), (0.1, 2.9)]


def views(engine: Engine, trainee: tuple[float, float]) -> dict[str, tuple[float, float, float, float]]:
    """The eyes of everybody, worked out from the whole views, which remember nothing."""
    seen = engine.actors
    return {
        name: (view.x, view.y, view.z, view.turned(*trainee) if view.facing == "trainee" else view.yaw)
        for name, view in seen.items()
    }


@pytest.mark.parametrize("name", library.names())
def test_eyes_that_are_remembered_are_where_they_would_be_seen(name: str) -> None:
    scenario = library.load(name)
    moved = 0
    for policy in list(scenario.policies)[:2]:
        simulation = Simulation(scenario, policy, 1)
        engine, before = simulation.engine, None
        while engine.outcome is None and simulation.now < 120_000:
            simulation.tick()
            trainee = PLACES[simulation.now // 50 % len(PLACES)]
            gazes = engine.gazes(trainee)
            assert {who: tuple(gaze) for who, gaze in gazes.items()} == views(engine, trainee)
            assert engine.bearings == {who: view[5:9] for who, view in engine.actors.items()}
            moved += before is not None and gazes != before
            before = gazes
    assert moved, "nobody moved: nothing was tried"
