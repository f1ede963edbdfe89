"""A diagram in Graphviz's DOT language: ``dot -Tsvg``. One cluster per region, and per node with nodes inside."""

import textwrap
from collections.abc import Iterator
from typing import Final

from scenario_assets.authoring.diagram import Area, Arrow, Diagram, Spot

#: Characters per line on arrows: longer ones push the nodes apart.
_LINE = 30
#: Fill and border of endings. Never by colour alone: endings have a double border, what was never reached is dashed.
_ENDINGS: Final = {"good": ("#d9f2e1", "#1b7a3d"), "mixed": ("#fdf3d0", "#8a6a00"), "poor": ("#fbdedb", "#a32a1e")}
_NEVER: Final = "#b8430c"
_ACTIVE: Final = 'fillcolor="#1f5fbf", fontcolor="white"'


def dot(diagram: Diagram) -> str:
    """The whole picture."""
    return "\n".join(_lines(diagram)) + "\n"


def _lines(diagram: Diagram) -> Iterator[str]:
    yield "digraph scenario {"
    yield f"  label={_text(diagram.title, diagram.limit)}; labelloc=t; fontname=Helvetica; compound=true;"
    yield '  node [shape=box, style="rounded,filled", fillcolor=white, fontname=Helvetica, fontsize=12];'
    yield "  edge [fontname=Helvetica, fontsize=9, arrowsize=0.7];"
    for area in diagram.areas:
        yield from _area(area)
    spots = {spot.path: spot for spot in diagram.spots()}
    for arrow in diagram.arrows:
        yield f"  {_arrow(arrow, spots)};"
    for number, jump in enumerate(diagram.jumps):
        name = _text(f"jump {number}")
        yield f"  {name} [shape=plaintext, style=solid, label={_wrapped(jump.what)}];"
        yield f"  {name} -> {_anchor(spots[jump.target])} [style=dotted{_head(spots[jump.target])}];"
    yield "}"


def _area(area: Area) -> Iterator[str]:
    yield f"  subgraph {_text(f'cluster {area.name}')} {{"
    yield f"    label={_text(area.name)}; style=rounded; color=gray40; fontsize=14;"
    begin = _text(f"begin {area.name}")
    yield f"    {begin} [shape=circle, style=filled, fillcolor=black, label={_text()}, width=0.15];"
    spots = {spot.path: spot for spot in area.all()}
    for spot in area.spots:
        yield from _spot(spot, "    ")
    start = spots[area.start]
    yield f"    {begin} -> {_anchor(start)} [weight=9{_head(start)}];"
    yield "  }"


def _spot(spot: Spot, indent: str) -> Iterator[str]:
    if not spot.inside:
        yield f"{indent}{_text(spot.path)} [label={_caption(spot)}{_look(spot)}];"
        return
    yield f"{indent}subgraph {_text(f'cluster {spot.path}')} {{"
    border = f"; color={_text(_NEVER)}; style=dashed" if spot.entered == 0 else "; color=gray60; style=rounded"
    active = f"; bgcolor={_text('#dbe8fb')}" if spot.marked else ""
    yield f"{indent}  label={_caption(spot)}; fontsize=12{border}{active};"
    # Arrows need a node at their end: this one stands for the whole, as in the drawings of statecharts.
    sign = "H" if spot.resumes else ""
    yield f"{indent}  {_anchor(spot)} [shape=circle, label={_text(sign)}, width=0.15, fixedsize=true, fontsize=8];"
    for inner in spot.inside:
        yield from _spot(inner, f"{indent}  ")
    first = next(inner for inner in spot.inside if inner.path == spot.start)
    yield f"{indent}  {_anchor(spot)} -> {_anchor(first)} [weight=9{_head(first)}];"
    yield f"{indent}}}"


def _caption(spot: Spot) -> str:
    ending = f"ends: {spot.ending.outcome}" if spot.ending is not None else ""
    return _text(spot.name, ending, _times(spot.entered) if spot.entered is not None else "")


def _times(count: int) -> str:
    return f"{count} x" if count else "never"


def _look(spot: Spot) -> str:
    look = ""
    if spot.ending is not None:
        fill, border = _ENDINGS[spot.ending.direction]
        look = f", peripheries=2, fillcolor={_text(fill)}, color={_text(border)}"
    if spot.entered == 0:
        look += f', style="rounded,filled,dashed", color={_text(_NEVER)}, fontcolor={_text(_NEVER)}'
    return look + (f", {_ACTIVE}" if spot.marked else "")


def _arrow(arrow: Arrow, spots: dict[str, Spot]) -> str:
    source, target = spots[arrow.passage.source], spots[arrow.passage.target]
    passage = arrow.passage
    share = f"{passage.share * 100:.0f} %" if passage.share < 1.0 else ""
    count = _times(arrow.fired) if arrow.fired is not None else ""
    told = ", ".join(filter(None, (share, count)))
    lines = (passage.label or "", *textwrap.wrap(passage.condition, _LINE), told)
    # A space at either side keeps words off the line they belong to.
    look = f"label={_text(*(f' {line} ' for line in lines if line))}"
    if arrow.fired == 0:
        look += f", style=dashed, color={_text(_NEVER)}, fontcolor={_text(_NEVER)}"
    # Graphviz clips an arrow at a cluster's border only where its other end lies outside.
    tail = f", ltail={_cluster(source)}" if source.inside and not _holds(source, target) else ""
    head = _head(target) if not _holds(target, source) else ""
    return f"{_anchor(source)} -> {_anchor(target)} [{look}{tail}{head}]"


def _holds(outer: Spot, inner: Spot) -> bool:
    return inner.path == outer.path or inner.path.startswith(f"{outer.path}.")


def _anchor(spot: Spot) -> str:
    return _text(f"begin {spot.path}" if spot.inside else spot.path)


def _head(spot: Spot) -> str:
    return f", lhead={_cluster(spot)}" if spot.inside else ""


def _cluster(spot: Spot) -> str:
    return _text(f"cluster {spot.path}")


def _wrapped(text: str) -> str:
    return _text(*textwrap.wrap(text, _LINE))


def _text(*lines: str) -> str:
    """The lines that are not empty, as one quoted string; DOT needs no other escapes than these."""
    shown = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines if line)
    return '"' + "\\n".join(shown) + '"'
