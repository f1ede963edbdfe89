"""What the guards of a story speak of, so that the file can define it: kinds of utterance, acts, requests, states."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, get_args

from scenario_assets.importers.choosing import KEYS
from scenario_assets.importers.naming import is_name
from scenario_assets.language.behaviour import Node, Transition
from scenario_assets.language.guard_tree import Atom, Between, Compare, FactIs, Happened, Happening, atoms
from scenario_assets.language.intervals import held_parts
from scenario_assets.language.trainee import Choice
from scenario_assets.language.values import Helper, Span

#: The state every imported scenario has, for its outcome to be read from.
AGITATION: Final = "agitation"
#: The signals every imported scenario has.
SIGNALS: Final = frozenset({"distance", "voice", "speaking"})
#: How long a session lasts at most, unless the story waits for longer; and how much longer it lasts then.
_LIMIT_MS: Final = 600_000
_AFTERWARDS_MS: Final = 300_000
#: Who comes when a request has no name of theirs.
_ANYBODY: Final = "backup"


@dataclass(frozen=True, slots=True)
class Supply:
    """Names to define: what happens with a key each, states, and facts with the values that are asked for.

    ``limit`` is a time in which all that the story waits for can come.
    """

    said: Mapping[str, str]
    injects: Mapping[str, str]
    acts: Mapping[str, str]
    radio: Mapping[str, str]
    states: tuple[str, ...]
    facts: Mapping[str, tuple[str, ...]]
    limit: Span


def supply(nodes: Iterable[Node], choices: Mapping[str, Choice]) -> Supply:
    """What these nodes need besides their choices. Where no key is left, a name stays undefined."""
    ways = [way for node in nodes for way in node.next]
    asked = [atom for way in ways if way.when is not None for atom in atoms(way.when.tree)]
    facts: dict[str, tuple[str, ...]] = {}
    for atom in asked:
        if isinstance(atom, FactIs) and is_name(atom.name) and atom.value not in facts.get(atom.name, ()):
            facts[atom.name] = (*facts.get(atom.name, ()), atom.value)
    # An instructor's keys; and those of the trainee, from the end, where the choices have left them.
    teaching = iter(KEYS)
    taken = {choice.key for choice in choices.values()}
    acting = iter([key for key in reversed(KEYS) if key not in taken])
    return Supply(
        said=_keyed(asked, "said", teaching), injects=_keyed(asked, "inject", teaching),
        acts=_keyed(asked, "act", acting), radio=_keyed(asked, "radio", acting),
        states=tuple(dict.fromkeys([AGITATION, *_states(asked)])), facts=facts,
        limit=_limit(ways),
    )  # fmt: skip


def helper(request: str) -> str:
    """Who is meant by a radio request of this name."""
    return request if request in get_args(Helper) else _ANYBODY


def _limit(ways: Iterable[Transition]) -> Span:
    longest = 0.0
    for way in ways:
        held = held_parts(way.when.tree) if way.when is not None else []
        longest = max(longest, way.after.high if way.after is not None else 0.0, *(float(part.ms) for part in held))
    minutes = math.ceil((longest + _AFTERWARDS_MS) / 60_000)
    limit = float(_LIMIT_MS if longest < _LIMIT_MS else minutes * 60_000)
    return Span(limit, limit)


def _keyed(asked: Iterable[Atom], kind: Happening, keys: Iterator[str]) -> dict[str, str]:
    happened = (atom.name for atom in asked if isinstance(atom, Happened) and atom.kind == kind)
    names = dict.fromkeys(name for name in happened if is_name(name))
    return dict(zip(names, keys, strict=False))


def _states(asked: Iterable[Atom]) -> Iterator[str]:
    """Names compared with plain numbers: no signal is measured without a unit."""
    for atom in asked:
        match atom:
            case Compare(name, _, value):
                plain = value.dimension == "plain"
            case Between(name, low, high):
                plain = low.dimension == high.dimension == "plain"
            case _:
                continue
        if plain and is_name(name) and name not in SIGNALS:
            yield name
