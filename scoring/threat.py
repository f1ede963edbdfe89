"""How threatening the person was at each moment, read back from the branches taken.

A scenario's nodes declare a threat (`calm`, `agitated`, ...). The one that holds is, as in the running
engine: of the first region that declares any, the deepest active declaration; `calm` where there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scenario_assets.language.behaviour import Node
from scenario_assets.language.paths import find
from telemetry.spans import Floats, spans

CALM = "calm"
GOTO = ".goto"
"""Ends the rule of a branch that was ordered (by an inject), which enters a node afresh."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A node of a region was entered at `t`: its path inside the region; `fresh` ignores where it was
    left.
    """

    t: float
    region: str
    path: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class Threats:
    """A step function: from `t[i]` on, `names[i]` holds; `t[0]` is the start."""

    t: Floats
    names: tuple[str, ...]

    def index(self, t: Floats) -> NDArray[np.intp]:
        """Return for each time which entry of `names` holds."""
        return np.maximum(np.searchsorted(self.t, t, side="right") - 1, 0)

    def during(self, wanted: Iterable[str], end: float) -> Floats:
        """Return the spans up to `end` in which one of `wanted` holds."""
        names, edges = set(wanted), (*self.t.tolist(), end)
        return spans(edge for edge, name in zip(pairwise(edges), self.names, strict=True) if name in names)


def read(regions: Mapping[str, Mapping[str, Node]], start: Mapping[str, str], entries: Iterable[Entry]) -> Threats:
    """Return the threat over time, from the regions' first nodes and everything entered since, in order of
    time.

    A session may have gone on in another version of its scenario. Of nodes and regions that this version does not
    have any more, no threat is known.
    """
    active = {region: _Region(nodes, start[region]) for region, nodes in regions.items()}
    t, names = [0.0], [_holding(active)]
    for entry in entries:
        if entry.region in active:
            active[entry.region].enter(entry.path, fresh=entry.fresh)
        if (name := _holding(active)) == names[-1]:
            continue
        if entry.t == t[-1]:
            names[-1] = name
        else:
            t.append(entry.t)
            names.append(name)
    return Threats(np.array(t), tuple(names))


def _holding(active: Mapping[str, _Region]) -> str:
    return next((threat for region in active.values() if (threat := region.threat()) is not None), CALM)


class _Region:
    """Where one region is: the names of its active nodes from the outermost to the innermost."""

    def __init__(self, nodes: Mapping[str, Node], start: str) -> None:
        self.nodes = nodes
        self.left: dict[str, list[str]] = {}
        self.path: list[str] = []
        self.enter(start, fresh=True)

    def enter(self, path: str, *, fresh: bool) -> None:
        """Go to a node and into its children: where it was left if it resumes, else where it starts.

        Of a node that is not there any more nothing is known.
        """
        for depth in range(1, len(self.path)):
            self.left[".".join(self.path[:depth])] = self.path[depth:]
        node = find(self.nodes, path)
        self.path = path.split(".") if node is not None else []
        while node is not None and node.states:
            left = [] if fresh or node.resume == "fresh" else self.left.get(".".join(self.path), [])
            below = (left if node.resume == "deep" else left[:1]) or [str(node.start)]
            self.path += below
            for name in below:
                node = node.states[name]
            fresh = bool(left)  # a child that was remembered is entered itself, not where it was left

    def threat(self) -> str | None:
        """Return the deepest declared threat, None where no active node declares one."""
        nodes, found = self.nodes, None
        for name in self.path:
            found = nodes[name].threat or found
            nodes = nodes[name].states
        return found
