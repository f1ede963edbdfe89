"""Chance, as a pure function: every draw has an address, so that nothing depends on the order of other draws.

A stream's key is sha256(scenario seed, session seed, region, node path, entry count); draw n of the stream
hashes the key with n. Editing one region therefore never shifts another region's draws, and a dump needs
counters only.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from scenario_assets.language.document import Scenario
from scenario_assets.language.values import Span

#: Draws have the 53 bits a double can hold exactly.
_BITS = 53


@dataclass(frozen=True, slots=True)
class Seeds:
    """The scenario's own seed and the session's."""

    scenario: int
    session: int


class Stream:
    """The draws of one node (or rule) since its last entry; ``entry`` and ``count`` are its whole state."""

    __slots__ = ("_seeds", "count", "entry", "path", "region")

    def __init__(self, seeds: Seeds, region: str, path: str, entry: int = 0, count: int = 0) -> None:
        self._seeds = seeds
        self.region = region
        self.path = path
        self.entry = entry
        self.count = count

    def enter(self) -> None:
        """Begin the next entry's own sequence."""
        self.entry += 1
        self.count = 0

    def unit(self) -> float:
        """The next number in [0, 1)."""
        seeds = self._seeds
        address = f"{seeds.scenario}\n{seeds.session}\n{self.region}\n{self.path}\n{self.entry}"
        key = hashlib.sha256(address.encode()).digest()
        block = hashlib.sha256(key + self.count.to_bytes(8, "big")).digest()
        self.count += 1
        return (int.from_bytes(block[:8], "big") >> (64 - _BITS)) / (1 << _BITS)

    def within(self, span: Span) -> float:
        """A number between the bounds; no draw is spent on a fixed one."""
        return span.low if span.low == span.high else span.low + (span.high - span.low) * self.unit()

    def one_of(self, weights: Sequence[float]) -> int:
        """An index with these probabilities; no draw is spent on a single one."""
        if len(weights) == 1:
            return 0
        point = self.unit()
        for index, weight in enumerate(weights):
            point -= weight
            if point < 0.0:
                return index
        return len(weights) - 1  # weights sum to 1 only up to rounding


def drawn_variants(scenario: Scenario, seed: int) -> dict[str, str]:
    """Actor -> the variant this session's seed draws, for the actors that have any."""
    seeds = Seeds(scenario.seed, seed)
    drawn: dict[str, str] = {}
    for name, actor in scenario.actors.items():
        if actor.variants:
            choice = Stream(seeds, "variants", name).one_of([variant.weight for variant in actor.variants.values()])
            drawn[name] = tuple(actor.variants)[choice]
    return drawn
