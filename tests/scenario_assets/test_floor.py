"""How far one can stand away: against a fine grid of spots, and by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenario_assets.language.floor import farthest
from scenario_assets.language.staging import Bounds, Box, Scene, Start

half = st.integers(-10, 10).map(lambda n: n / 2)


def scene(*boxes: Box) -> Scene:
    bounds = Bounds(x=(-5.0, 5.0), z=(-5.0, 5.0))
    return Scene(setting="yard", bounds=bounds, cover=boxes, starts={"trainee": Start(at=(0.0, 0.0))})


def box(x: float, z: float, wide: float, deep: float, *, y: float = 1.0, high: float = 2.0) -> Box:
    return Box(id="b", label="box", center=(x, y, z), size=(wide, high, deep))


boxes = st.lists(
    st.builds(box, half, half, st.sampled_from([0.5, 1.0, 3.0, 6.0]), st.sampled_from([0.5, 1.0, 3.0, 6.0])), max_size=5
)


@given(boxes, half, half)
def test_no_spot_of_a_grid_is_farther_and_one_is_nearly_as_far(solid: list[Box], x: float, z: float) -> None:
    found = farthest(scene(*solid), (x, z))
    # Every edge lies on a multiple of a quarter metre, so that corners of boxes are spots of the grid.
    steps = [n / 4 for n in range(-20, 21)]
    free = [
        ((a - x) ** 2 + (b - z) ** 2) ** 0.5
        for a in steps
        for b in steps
        if not any(
            abs(a - one.center[0]) < one.size[0] / 2 and abs(b - one.center[2]) < one.size[2] / 2 for one in solid
        )
    ]
    assert found == pytest.approx(max(free, default=0.0))


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ((), 50**0.5),
        ((box(5, 5, 2, 2),), 50**0.5),  # three corners are left
        ((box(0, 0, 20, 20),), 0.0),  # nowhere to stand
        ((box(0, 0, 20, 20, y=4.0, high=2.0),), 50**0.5),  # a roof
        (tuple(box(n, 0, 0.5, 0.5) for n in range(30)), 50**0.5),
    ],
)
def test_by_hand(boxes: tuple[Box, ...], expected: float) -> None:
    assert farthest(scene(*boxes), (0.0, 0.0)) == pytest.approx(expected)


def test_a_corner_behind_boxes_does_not_count() -> None:
    four = [box(x, z, 2, 2) for x in (-4.5, 4.5) for z in (-4.5, 4.5)]
    assert farthest(scene(*four), (0.0, 0.0)) == pytest.approx((5**2 + 3.5**2) ** 0.5)
