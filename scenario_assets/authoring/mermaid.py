"""A diagram as Mermaid's ``stateDiagram-v2``, which many pages and editors draw. One state per region."""

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile

from scenario_assets.authoring.diagram import Arrow, Diagram, Spot
from scenario_assets.authoring.ways import Passage

#: Mermaid draws no dashed arrows between states: what never fired says so in words.
_NEVER_FIRED = "never fired"
#: The classes of nodes; Mermaid styles only nodes without nodes inside.
_CLASSES = {
    "good": "fill:#d9f2e1,stroke:#1b7a3d,stroke-width:3px",
    "mixed": "fill:#fdf3d0,stroke:#8a6a00,stroke-width:3px",
    "poor": "fill:#fbdedb,stroke:#a32a1e,stroke-width:3px",
    "never": "stroke:#b8430c,color:#b8430c,stroke-dasharray:5 4",
    "active": "fill:#1f5fbf,color:#ffffff,font-weight:bold",
}
#: What Mermaid would read as its own syntax inside a label; written as entity codes.
_SPECIAL = re.compile(r'["#:;<>{}\[\]%\\`&]')


def mermaid(diagram: Diagram) -> str:
    """The whole picture."""
    return "\n".join(_Writer(diagram).lines()) + "\n"


class _Writer:
    def __init__(self, diagram: Diagram) -> None:
        self._diagram = diagram
        self._ids: dict[str, str] = {}
        for path in [*(area.name for area in diagram.areas), *(spot.path for spot in diagram.spots())]:
            # Mermaid's ids are words without dots, and some plain words are its own.
            word = "n_" + path.replace(".", "__")
            while word in self._ids.values():
                word += "_"
            self._ids[path] = word

    def lines(self) -> Iterator[str]:
        diagram = self._diagram
        yield "---"
        yield f"title: {_quoted(f'{diagram.title} ({diagram.limit})')}"
        yield "---"
        yield "stateDiagram-v2"
        for name, style in _CLASSES.items():
            yield f"  classDef {name} {style}"
        for area in diagram.areas:
            yield f"  state {_label(area.name)} as {self._ids[area.name]} {{"
            yield from self._inside(area.name, area.start, area.spots)
            yield "  }"
        # Out here: a class given inside a state is not seen.
        for spot in diagram.spots():
            if not spot.inside:
                yield from (f"  class {self._ids[spot.path]} {look}" for look in _looks(spot))

    def _inside(self, around: str, start: str, spots: Iterable[Spot]) -> Iterator[str]:
        """What stands inside a region or a node: its nodes, and the arrows between them."""
        indent = "  " * (around.count(".") + 2)
        yield f"{indent}[*] --> {self._ids[start]}"
        for spot in spots:
            opened = " {" if spot.inside else ""
            yield f"{indent}state {_label(self._caption(spot))} as {self._ids[spot.path]}{opened}"
            if spot.start is not None:
                yield from self._inside(spot.path, spot.start, spot.inside)
                yield f"{indent}}}"
            if spot.ending is not None:
                yield f"{indent}{self._ids[spot.path]} --> [*] : {_escaped(f'ends with {spot.ending.outcome}')}"
        for arrow in self._diagram.arrows:
            if _common(arrow.passage) == around:
                yield f"{indent}{self._arrow(arrow, around)}"

    def _caption(self, spot: Spot) -> str:
        told = [
            "resumes" if spot.resumes else "",
            "active" if spot.marked and spot.inside else "",
            "" if spot.entered is None else f"{spot.entered} x" if spot.entered else "never entered",
            *(jump.what for jump in self._diagram.jumps if jump.target == spot.path),
        ]
        shown = ", ".join(filter(None, told))
        return f"{spot.name} ({shown})" if shown else spot.name

    def _arrow(self, arrow: Arrow, around: str) -> str:
        passage = arrow.passage
        source, target = (_below(end, around) for end in (passage.source, passage.target))
        # `[*]` stands for the node around, where that is an end itself.
        ends = [self._ids[path] if path else "[*]" for path in (source, target)]
        told = [
            _end("from", passage.source, around) if source != passage.source else "",
            _end("to", passage.target, around) if target != passage.target else "",
            passage.words,
            f"{passage.share * 100:.0f} %" if passage.share < 1.0 else "",
            "" if arrow.fired is None else f"{arrow.fired} x" if arrow.fired else _NEVER_FIRED,
        ]
        return f"{ends[0]} --> {ends[1]} : {_escaped(', '.join(filter(None, told)))}"


def _common(passage: Passage) -> str:
    """The path of what a way lies in: around both ends, or the one end that is around the other.

    Mermaid cannot draw arrows across the border of a state, so each is drawn inside, between what holds its ends.
    """
    source, target = passage.source.split("."), passage.target.split(".")
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(source, target, strict=False)))
    return ".".join(source[: shared - 1 if source == target else shared])


def _below(path: str, around: str) -> str:
    """The node directly inside ``around`` that is or holds the one at this path; empty where that is ``around``."""
    rest = path.removeprefix(around).removeprefix(".")
    return f"{around}.{rest.partition('.')[0]}" if rest else ""


def _end(word: str, path: str, around: str) -> str:
    """An end that is not drawn itself, in words: ``to calm.sitting``, or ``to calm`` inside it."""
    return f"{word} {path.removeprefix(f'{around}.') if path != around else path.rpartition('.')[2]}"


def _looks(spot: Spot) -> Iterator[str]:
    if spot.ending is not None:
        yield spot.ending.direction
    if spot.entered == 0:
        yield "never"
    if spot.marked:
        yield "active"


def _label(text: str) -> str:
    return f'"{_escaped(text)}"'


def _quoted(text: str) -> str:
    """As a YAML string, for the title."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", text).replace("\n", " ")
