"""What a bot reads of ``welcome.scenario``: where it may walk, where it starts, what it can stand behind."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from clients.cover import Box
from clients.errors import ProtocolError
from clients.motion import Place

__all__ = ["Scene", "read_scene"]


@dataclass(frozen=True, slots=True)
class Scene:
    """Bounds ((x low, x high), (z low, z high)) and the trainee's start in m; ``yaw`` in rad about +y.
    """

    bounds: tuple[Place, Place]
    start: Place
    yaw: float
    cover: tuple[Box, ...] = ()


def read_scene(scenario: Mapping[str, object]) -> Scene:
    """Return the scene of ``welcome.scenario``; ``ProtocolError`` when it is not as PROTOCOL.md says."""
    try:
        scene = _object(scenario["scene"])
        bounds = _object(scene["bounds"])
        start = _object(_object(scene["starts"])["trainee"])
        yaw = math.radians(_number(start["yaw"]))
        cover = tuple(map(_box, _list(scene["cover"])))
        return Scene((_pair(bounds["x"]), _pair(bounds["z"])), _pair(start["at"]), yaw, cover)
    except (KeyError, TypeError, ValueError) as error:
        raise ProtocolError(f"welcome.scenario.scene is not as the protocol says: {error!r}") from error


def _box(value: object) -> Box:
    box = _object(value)
    (x, _, z), (width, _, depth) = (tuple(map(_number, _list(box[key]))) for key in ("center", "size"))
    return Box(str(box["id"]), (x, z), (width, depth))


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"a list was expected, not {value!r}")
    return value


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError(f"an object was expected, not {value!r}")
    return value


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError(f"a number was expected, not {value!r}")
    return float(value)


def _pair(value: object) -> Place:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError(f"two numbers were expected, not {value!r}")
    return _number(value[0]), _number(value[1])
