"""``talkdown quality``: how good the data of a recorded session are, stream by stream."""

import json
from enum import StrEnum
from typing import Annotated, Final

import typer
from rich.table import Table

from session_server.cli.naming import Session, stored
from session_server.cli.options import Data, DatabaseUrl
from session_server.cli.terminal import console, data_folder, progress
from session_server.net.server import open_database
from telemetry import quality as qualities
from telemetry import trace
from telemetry.errors import UnknownAttempt
from telemetry.quality.document import QualityJson, SpreadJson, StreamJson

#: A verdict's colour; in a pipe there is none, and the word says it all.
STYLE: Final = {"good": "green", "limited": "yellow", "poor": "red", "none": "red"}


class Format(StrEnum):
    """How to print."""

    TEXT = "text"
    JSON = "json"


def quality(
    session: Session,
    attempt: Annotated[int | None, typer.Option(min=1, help="Of one attempt only. [default: all of them]")] = None,
    format_: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.TEXT,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Show how good a recorded session's data are: rates, gaps and their causes, losses, clocks."""
    folder = data_folder(data)
    with open_database(folder, database_url, progress=progress) as database:
        recorded = trace.read(database.url, stored(session, database.url, folder, database_url))
    try:
        found = qualities.of(recorded, qualities.running(recorded, attempt))
    except UnknownAttempt as error:
        raise typer.BadParameter(str(error)) from None
    if format_ is Format.JSON:
        print(json.dumps(found, indent=1))
    else:
        show(found)


def show(found: QualityJson) -> None:
    """Print a table of the streams, 80 columns wide, and below it what these do not hold: causes, verdicts' whys."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("stream", "verdict", "observed", "Hz", "gaps", "lost", "clock"):
        # A sensor's name may be as long as an agency likes; all else stays whole.
        table.add_column(heading, no_wrap=heading != "stream", overflow="fold")
    for stream in found["streams"]:
        table.add_row(*_cells(stream))
    console.print(table)
    for stream in found["streams"]:
        why = [] if stream["verdict"] == "good" else stream["why"]
        if told := " ".join([*_gaps(stream), *why]):
            console.print(f"{_named(stream)}: {told}", markup=False, soft_wrap=True)
    console.print(f"{found['seconds']:.0f} s. {found['summary']}", markup=False, soft_wrap=True)


def _cells(stream: StreamJson) -> list[str]:
    rate, gaps = stream["rate_hz"], stream["gaps"]
    return [
        _named(stream),
        f"[{STYLE[stream['verdict']]}]{stream['verdict']}[/]",
        f"{stream['coverage']:.1%}",
        f"{rate:.3g}/{stream['nominal_hz']:.3g}" if rate is not None else f"-/{stream['nominal_hz']:.3g}",
        f"{gaps['count']}, {_short(gaps['seconds'])} s" if gaps["count"] else "none",
        str(stream["missing"]),
        _clock(stream["clock_ms"]),
    ]


def _gaps(stream: StreamJson) -> list[str]:
    """What the gaps were, as a sentence; nothing without any."""
    gaps = stream["gaps"]
    causes = ", ".join(f"{each['count']} {cause}" for cause, each in sorted(gaps["causes"].items()))
    return [f"Gaps: {causes}; the longest of {_short(gaps['longest_s'])} s."] if causes else []


def _short(value: float) -> str:
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _clock(spread: SpreadJson | None) -> str:
    if spread is None:
        return ""
    return "unknown" if spread["p95"] is None else f"±{_short(spread['p95'])} ms"


def _named(stream: StreamJson) -> str:
    return f"{stream['stream']}.{stream['label']}" if stream["label"] else stream["stream"]
