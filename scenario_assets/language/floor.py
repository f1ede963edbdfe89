"""The floor of a scene: how far from a place one can stand on it. Metres, (x, z)."""

from collections.abc import Iterable, Iterator

from scenario_assets.language.staging import Box, Scene
from scenario_assets.language.values import Point

#: A box higher above the floor than this can be walked under.
_HEADROOM_M = 2.0
#: With more boxes than this the way between them is not worked out, as if none stood there.
_MAX_BOXES = 20

Rectangle = tuple[float, float, float, float]


def farthest(scene: Scene, place: Point) -> float:
    """The distance to the farthest spot inside the bounds that no solid box covers.

    Such a spot lies where two edges of bounds or boxes cross, for the distance to a place is convex.
    """
    solid = [_footprint(box) for box in scene.cover if _on_floor(box)]
    if len(solid) > _MAX_BOXES:
        solid = []
    def square(spot: Point) -> float:
        return (spot[0] - place[0]) ** 2 + (spot[1] - place[1]) ** 2

    spots = sorted(_corners(scene, solid), key=square, reverse=True)
    free = (
        spot
        for spot in spots
        if not any(low_x < spot[0] < high_x and low_z < spot[1] < high_z for low_x, high_x, low_z, high_z in solid)
    )
    found = next(free, None)
    return 0.0 if found is None else square(found) ** 0.5


def _on_floor(box: Box) -> bool:
    return box.center[1] - box.size[1] / 2 < _HEADROOM_M


def _footprint(box: Box) -> Rectangle:
    (x, _, z), (wide, _, deep) = box.center, box.size
    return x - wide / 2, x + wide / 2, z - deep / 2, z + deep / 2


def _corners(scene: Scene, solid: Iterable[Rectangle]) -> Iterator[Point]:
    bounds = scene.bounds
    xs, zs = set(bounds.x), set(bounds.z)
    for low_x, high_x, low_z, high_z in solid:
        xs.update(x for x in (low_x, high_x) if bounds.x[0] <= x <= bounds.x[1])
        zs.update(z for z in (low_z, high_z) if bounds.z[0] <= z <= bounds.z[1])
    return ((x, z) for x in xs for z in zs)
