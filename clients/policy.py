"""What a scripted trainee does when: a policy as plain data, and its steps falling due in scenario time.

The data are what ``scenario_assets.runtime.policy_as_json`` writes, and what anybody may write by hand::

    {"name": "model_officer", "person": "daniel", "steps": [
        {"do": "approach", "at_ms": 1000, "actor": "daniel", "to_m": 4.5, "speed": 0.7},
        {"do": "take_cover", "at_ms": 9000, "box": "car", "from": "daniel", "speed": 1.4},
        {"do": "speak", "at_ms": 18000, "every_ms": 16000, "level_lu": 0, "lasting_ms": 3000, "said": null},
        {"do": "choose", "at_ms": 8000, "choices": ["introduce"]},
        {"do": "radio", "at_ms": 6000, "request": "co_responder"},
        {"do": "act", "at_ms": 9000, "act": "take_cover"}]}

A step is done once at ``at_ms``, or again every ``every_ms`` from there, before ``until_ms``. A ``choose``
takes the first of its choices that is offered; one without ``every_ms`` waits for that. A step with
``"heard": [line, ...]`` is not done before one of these lines has been said; it waits, or passes, likewise.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from clients.errors import UsageError

__all__ = [
    "Act", "Approach", "Choose", "Deed", "Policy", "Radio", "Script", "Speak", "Step", "TakeCover", "read_policy",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Approach:
    """Walk towards ``actor``, or back, until this distance (m), at ``speed`` (m/s), and keep to it."""

    actor: str
    to_m: float
    speed: float


@dataclass(frozen=True, slots=True)
class TakeCover:
    """Walk round ``box`` to its far side as seen from ``actor``, at ``speed`` (m/s), and keep behind it."""

    box: str
    actor: str
    speed: float


@dataclass(frozen=True, slots=True)
class Speak:
    """Speak at ``level_lu`` above the normal voice; ``said`` is how an instructor would mark it, or None."""

    level_lu: float
    lasting_ms: float
    said: str | None


@dataclass(frozen=True, slots=True)
class Choose:
    """Take the first of ``choices`` that is offered."""

    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Radio:
    """Ask for somebody by radio."""

    request: str


@dataclass(frozen=True, slots=True)
class Act:
    """Do something that is not said."""

    act: str


Deed = Approach | TakeCover | Speak | Choose | Radio | Act


@dataclass(frozen=True, slots=True)
class Step:
    """A deed and when it is done, in ms of scenario time; not before one of the lines ``heard`` has been."""

    deed: Deed
    at_ms: float
    every_ms: float | None = None
    until_ms: float | None = None
    heard: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """A scripted trainee; ``person`` is the actor it looks at."""

    name: str
    person: str
    steps: tuple[Step, ...]


def read_policy(data: Mapping[str, object]) -> Policy:
    """Return the policy that ``data`` is; ``UsageError`` names the step that cannot be read."""
    steps = data.get("steps")
    if not isinstance(steps, Sequence) or isinstance(steps, str):
        raise UsageError(f"a policy's steps must be a list, not {steps!r}")
    read = tuple(_step(number, step) for number, step in enumerate(steps))
    return Policy(str(data.get("name", "unnamed")), str(data.get("person", "")), read)


class Script:
    """A policy at work, in scenario time. Pure: call ``due`` often, with times that do not decrease."""

    def __init__(self, policy: Policy) -> None:
        self._waiting: list[tuple[float | None, Step]] = [(step.at_ms, step) for step in policy.steps]
        self._speak: Speak | None = None
        self._silent_from_ms = 0.0

    def due(self, ms: float, offered: Collection[str], heard: Collection[str] = ()) -> list[Deed]:
        """Return what is to be done now, in the policy's order; a choice is the one that is offered.

        ``heard`` are the lines that have been said so far.
        """
        deeds: list[Deed] = []
        for index, (at_ms, step) in enumerate(self._waiting):
            if at_ms is None or ms < at_ms:
                continue
            deed = _possible(step, offered, heard)
            if deed is None and step.every_ms is None:
                continue
            self._waiting[index] = (_next(at_ms, step), step)
            if isinstance(deed, Speak):
                self._speak, self._silent_from_ms = deed, ms + deed.lasting_ms
            if deed is not None:
                deeds.append(deed)
        return deeds

    def level(self, ms: float) -> float | None:
        """Return the level spoken at now, in LU above normal, or None in silence."""
        return self._speak.level_lu if self._speak is not None and ms < self._silent_from_ms else None


def _possible(step: Step, offered: Collection[str], heard: Collection[str]) -> Deed | None:
    """The step's deed as it can be done now; None before it has been heard what it waits for, or been offered."""
    if step.heard and not any(line in heard for line in step.heard):
        return None
    if not isinstance(step.deed, Choose):
        return step.deed
    taken = next((choice for choice in step.deed.choices if choice in offered), None)
    return None if taken is None else Choose((taken,))


def _next(at_ms: float, step: Step) -> float | None:
    if step.every_ms is None:
        return None
    following = at_ms + step.every_ms
    return None if step.until_ms is not None and following >= step.until_ms else following


def _step(number: int, data: object) -> Step:
    try:
        if not isinstance(data, Mapping):
            raise TypeError(f"an object was expected, not {data!r}")
        every_ms = _optional(data, "every_ms")
        if every_ms is not None and every_ms <= 0:
            raise ValueError(f"every_ms must be above 0, not {every_ms}")
        heard = _names(data, "heard") if data.get("heard") is not None else ()
        return Step(_deed(data), _number(data, "at_ms"), every_ms, _optional(data, "until_ms"), heard)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"step {number} of the policy: {error!r}; see clients/policy.py") from error


def _deed(data: Mapping[str, object]) -> Deed:
    match data["do"]:
        case "approach":
            return Approach(_name(data, "actor"), _number(data, "to_m"), _number(data, "speed"))
        case "take_cover":
            return TakeCover(_name(data, "box"), _name(data, "from"), _number(data, "speed"))
        case "speak":
            said = None if data.get("said") is None else _name(data, "said")
            return Speak(_number(data, "level_lu"), _number(data, "lasting_ms"), said)
        case "choose":
            choices = _names(data, "choices")
            if not choices:
                raise ValueError("choices must be a list of names, not an empty one")
            return Choose(choices)
        case "radio":
            return Radio(_name(data, "request"))
        case "act":
            return Act(_name(data, "act"))
        case other:
            raise ValueError(f"nobody can do {other!r}; known: approach, take_cover, speak, choose, radio, act")


def _name(data: Mapping[str, object], key: str) -> str:
    value = data[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} must be a name, not {value!r}")
    return value


def _names(data: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = data[key]
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise TypeError(f"{key} must be a list of names, not {value!r}")
    return tuple(map(str, value))


def _number(data: Mapping[str, object], key: str) -> float:
    value = data[key]
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{key} must be a number, not {value!r}")
    return float(value)


def _optional(data: Mapping[str, object], key: str) -> float | None:
    return None if data.get(key) is None else _number(data, key)
