"""Fields of a JSON message, each read as the type it must have; ``ProtocolError`` names what was found instead."""

from collections.abc import Mapping, Sequence

from clients.errors import ProtocolError

__all__ = [
    "Json",
    "as_object",
    "integer",
    "items",
    "named_numbers",
    "number",
    "numbers",
    "object_",
    "optional_object",
    "text",
]

Json = Mapping[str, object]


def text(data: Json, key: str) -> str:
    """Return a string."""
    value = data.get(key)
    if not isinstance(value, str):
        raise _fault(data, key, "a string")
    return value


def integer(data: Json, key: str) -> int:
    """Return an integer."""
    value = data.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _fault(data, key, "an integer")
    return value


def number(data: Json, key: str) -> float:
    """Return a number, an integer too."""
    value = data.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise _fault(data, key, "a number")
    return float(value)


def items(data: Json, key: str) -> Sequence[object]:
    """Return a list."""
    value = data.get(key)
    if not isinstance(value, list):
        raise _fault(data, key, "a list")
    return value


def numbers(data: Json, key: str, count: int) -> tuple[float, ...]:
    """Return a list of exactly ``count`` numbers."""
    values = items(data, key)
    if len(values) != count or not all(isinstance(value, int | float) for value in values):
        raise _fault(data, key, f"{count} numbers")
    return tuple(float(value) for value in values if isinstance(value, int | float))


def object_(data: Json, key: str) -> Json:
    """Return an object."""
    return as_object(data.get(key), key, data)


def as_object(value: object, key: str, data: Json | None = None) -> Json:
    """Return ``value``, which was found as ``key``, as an object."""
    if not isinstance(value, dict):
        raise _fault(data or {}, key, "an object")
    return value


def optional_object(data: Json, key: str) -> Json | None:
    """Return an object, or None where there is none."""
    return None if data.get(key) is None else object_(data, key)


def named_numbers(data: Json, key: str) -> Mapping[str, float]:
    """Return an object of numbers by name, without those that are null."""
    inner = object_(data, key)
    return {name: number(inner, name) for name in inner if inner[name] is not None}


def _fault(data: Json, key: str, expected: str) -> ProtocolError:
    found = repr(data.get(key))[:80]
    return ProtocolError(f"{data.get('type', 'message')}.{key} must be {expected}, not {found}")
