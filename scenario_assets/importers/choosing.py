"""The choices of a scenario, gathered from a story's links, and a key for each."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from scenario_assets.importers.naming import Names, slug
from scenario_assets.importers.parts import Spot
from scenario_assets.importers.story import Report, shown
from scenario_assets.language.behaviour import Do
from scenario_assets.language.guard_tree import InNode, Not
from scenario_assets.language.trainee import Choice
from scenario_assets.language.values import Guard

#: In this order; a station walks and turns with the letters that are missing.
KEYS: Final = "1234567890bcfghijklmnoprtuvxyz"


@dataclass(slots=True)
class _Offered:
    """A choice under way: where it is offered first, by which nodes, and the node it sends another region to."""

    text: str
    line: int
    sends: Spot | None = None
    by: dict[str, str] = field(default_factory=dict)  # region.node -> region


class Choices:
    """Links with the same words in one region are one choice, unless they send other regions to different nodes.

    ``named`` are the choices that settings ``offer NAME: words`` name, with their words.
    """

    def __init__(self, named: Mapping[str, str], report: Report) -> None:
        self._named = named
        self._report = report
        self._names = Names(named)
        self._found: dict[str, _Offered] = {}
        self._by_words: dict[tuple[str, ...], str] = {}

    def offer(self, spot: Spot, name: str, line: int) -> None:
        """A choice that a setting names is offered here."""
        found = self._found.setdefault(name, _Offered(self._named[name], line))
        found.by[spot.path] = spot.region

    def link(self, spot: Spot, words: str, line: int, *, sends: Spot | None, apart: str = "") -> str:
        """The name of the choice that a link with these words is; ``apart`` makes it another one than its likes."""
        key = (spot.region, words, sends.path if sends is not None else "", apart)
        if key not in self._by_words:
            self._by_words[key] = name = self._names.new(slug(words, "choice"))
            self._found[name] = _Offered(words, line, sends)
        name = self._by_words[key]
        self._found[name].by[spot.path] = spot.region
        return name

    def send(self, name: str, sends: Spot, line: int) -> None:
        """A choice that a setting names sends another region to this node."""
        found = self._found[name]
        if found.sends is None:
            found.sends = sends
        elif found.sends is not sends:
            told = f"the choice {shown(name)} leads to {shown(found.sends.passage.name)} already; this link is left out"
            self._report.tell(line, told)

    def table(self) -> dict[str, Choice]:
        """All choices with their keys, in the order they are met; without those for which no key was left."""
        keys = self._keys()
        choices: dict[str, Choice] = {}
        for name, found in self._found.items():
            if name in keys:
                choices[name] = _choice(found, keys[name])
            else:
                told = f"no key is left for the choice {shown(found.text)}; too many stand side by side. It is left out"
                self._report.tell(found.line, told)
        return choices

    def _keys(self) -> dict[str, str]:
        """A key for each choice that no other has which can be offered at the same time.

        That is any in the same node, and any of another region, for regions run side by side.
        """
        by_node: defaultdict[str, set[str]] = defaultdict(set)
        regions: defaultdict[str, set[str]] = defaultdict(set)
        keys: dict[str, str] = {}
        for name, found in self._found.items():
            own = set(found.by.values())
            taken = set().union(*(by_node[node] for node in found.by))
            for key in KEYS:
                if key not in taken and (not regions[key] or len(regions[key] | own) == 1):
                    keys[name] = key
                    regions[key] |= own
                    for node in found.by:
                        by_node[node].add(key)
                    break
        return keys


def _choice(found: _Offered, key: str) -> Choice:
    """One that sends another region is not offered while that is where it would send it."""
    there = found.sends
    if there is None:
        return Choice(key=key, text=found.text)
    elsewhere = Guard(f"not node({there.path})", Not(InNode(there.path)))
    return Choice(key=key, text=found.text, when=elsewhere, do=(Do(goto={there.region: there.name}),))
