"""The pages that are generated from the registry: `telemetry/STREAMS.md`, and the streams in `clients/PROTOCOL.md`.

    python -m telemetry.reference           # in the repository's root; writes what has changed

A test fails while a page does not say what the registry says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from telemetry.streams import STREAMS, Column, Stream
from telemetry.streams.shape import SCALAR

__all__ = ["PAGES", "streams_page", "wire_page", "wire_table"]

BEGIN = "<!-- streams: written by python -m telemetry.reference -->"
END = "<!-- /streams -->"

POSE = STREAMS["head_pose"].names
POSE_IN_WORDS = "`px` `py` `pz` m, `qx` `qy` `qz` `qw`: position and unit quaternion in the scene's frame"

_GIVERS = {
    "stream": "the labels there are",
    "scenario": "given by the scenario",
    "agency": "declared by the agency in `sensors.toml`",
}


def wire_table() -> str:
    """The streams that stations send, as a table: key in `hello`, rate, columns, what it is."""
    lines = ["| key in `hello` | Hz | columns | what |", "| --- | --- | --- | --- |"]
    for stream in STREAMS.values():
        if stream.origin != "station":
            continue
        keys = ", ".join(f"`{key}`" for key in stream.keys)
        pose = stream.names[: len(POSE)] == POSE
        told = [POSE_IN_WORDS] if pose else []
        columns = "; ".join(told + [_meaning(column) for column in stream.columns[len(POSE) * pose :]])
        rate = "as declared" if stream.labels and stream.labels.giver == "agency" else f"{stream.rate:g}"
        lines.append(f"| {keys} | {rate} | {columns} | {stream.description} |")
    return "\n".join(lines)


def _meaning(column: Column) -> str:
    unit = "" if column.unit == "1" else f" {column.unit}"
    return f"`{column.name}`{unit}: {column.description}"


def wire_page(page: str) -> str:
    """`clients/PROTOCOL.md` with the table between its two marks made anew; raises `ValueError` without them."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN!r} followed by {END!r}: between them the table is written")
    return f"{before}{BEGIN}\n\n{wire_table()}\n\n{END}{after}"


def streams_page(page: str = "") -> str:
    """`telemetry/STREAMS.md`, all of it; what it said before does not matter."""
    return "\n".join(_streams()) + "\n"


def _streams() -> Iterator[str]:
    yield "# Streams: what is recorded, in which unit and frame, and how private it is"
    yield ""
    yield "Written by `python -m telemetry.reference` from `telemetry/streams/`; edit the registry, not this page."
    yield ""
    yield "A row out of the plausible bounds is kept and flagged (`plausible` false). The research view of a stream has"
    yield "its name and these columns, after `session`, `track`, `station` or the label, `seq`, `t` and `at`."
    for stream in STREAMS.values():
        yield from _section(stream)


def _section(stream: Stream) -> Iterator[str]:
    yield from ("", f"## {stream.name}", "", stream.description, "")
    rate = "as declared" if stream.labels and stream.labels.giver == "agency" else f"{stream.rate:g} Hz"
    yield f"- from the {stream.origin}, {rate}"
    if stream.frame is not SCALAR:
        yield f"- axes: {stream.frame.axes}"
        yield f"- frame of reference: {stream.frame.reference}"
    if stream.labels is not None:
        known = ", ".join(f"`{label}`" for label in stream.labels.known)
        told = f"{_GIVERS[stream.labels.giver]}{': ' if known else ''}{known}"
        yield f"- one track for each `{stream.labels.column}`, {stream.labels.description}; {told}"
    yield from ("", "| column | unit | plausible | privacy | meaning |", "| --- | --- | --- | --- | --- |")
    for column in stream.columns:
        bounds = f"{column.low:g} to {column.high:g}"
        yield f"| `{column.name}` | {column.unit} | {bounds} | {column.privacy.value} | {column.description} |"


ROOT = Path(__file__).parents[1]
PAGES: Mapping[Path, Callable[[str], str]] = {
    ROOT / "telemetry" / "STREAMS.md": streams_page,
    ROOT / "clients" / "PROTOCOL.md": wire_page,
}
"""Each generated page, and how it is made of what it says now."""


def main() -> None:
    """Write the pages that have changed, and say which."""
    for path, generate in PAGES.items():
        old = path.read_text() if path.exists() else ""
        new = generate(old)
        if new != old:
            path.write_text(new)
            print(f"{path.relative_to(ROOT)} written")


if __name__ == "__main__":
    main()
