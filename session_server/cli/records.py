"""``talkdown sessions``, ``grade`` and ``export``: what is in the database, without a server."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from scoring import ScoringError
from session_server.cli.naming import Session, stored
from session_server.cli.options import Data, DatabaseUrl
from session_server.cli.terminal import console, data_folder, progress
from session_server.core.phases import Phase
from session_server.net.scenarios import Shelf
from session_server.net.server import open_database
from session_server.net.settings import Settings
from session_server.store import archive
from session_server.store.grading import grade_session
from session_server.store.played import Sources
from telemetry import export as exports
from telemetry import trace
from telemetry.errors import UnknownAttempt

sessions = typer.Typer(no_args_is_help=True, help="Look at recorded sessions.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@sessions.command("list")
def list_(data: Data = None, database_url: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """List the recorded sessions, newest first."""
    folder = data_folder(data)
    with open_database(folder, database_url, progress=progress) as database:
        found = archive.past_sessions(database.url)
    if as_json:
        print(json.dumps([
            {"id": str(one.id), "opened_at": one.opened_at.isoformat(), "scenario": one.scenario,
             "pseudonym": one.pseudonym, "phase": one.phase, "total": one.total, "status": one.status}
            for one in found
        ]))  # fmt: skip
        return
    if not found:
        where = f"the data folder {folder}" if database_url is None else "the database of --database-url"
        progress(f"No sessions in {where}.{'' if database_url else ' Is another one meant? --data names it.'}")
        return
    table = Table(box=None, pad_edge=False, collapse_padding=True, header_style="dim")
    # An id that is cut cannot be given to the other commands: the other columns give way, scenario and trainee first.
    table.add_column("session", no_wrap=True, min_width=len(str(found[0].id)))
    table.add_column("opened (UTC)", no_wrap=True)
    table.add_column("scenario", overflow="fold", min_width=11)
    table.add_column("trainee", overflow="fold")
    # The longest word of a phase or a status is not cut either.
    table.add_column("grade", overflow="fold", min_width=max(map(len, Phase)))
    for one in found:
        grade = (one.status or one.phase).replace("_", " ") if one.total is None else f"{one.total:.1f}"
        opened = one.opened_at.strftime("%Y-%m-%d %H:%M")
        table.add_row(str(one.id), opened, one.scenario, one.pseudonym, grade)
    console.print(table)


@sessions.command("show")
def show(session: Session, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Show one session: its tracks, how many rows each has, and its events."""
    folder = data_folder(data)
    with open_database(folder, database_url, progress=progress) as database:
        id = stored(session, database.url, folder, database_url)
        recorded = trace.read(database.url, id)
    console.print(f"{id}  {recorded.session.scenario}  opened {recorded.session.opened_at:%Y-%m-%d %H:%M:%S} UTC",
                  markup=False, soft_wrap=True)  # fmt: skip
    tracks = Table("stream", "of", "rows", "from s", "to s")
    for track in recorded.tracks:
        span = (f"{track.t[0]:.1f}", f"{track.t[-1]:.1f}") if len(track.t) else ("", "")
        tracks.add_row(track.stream.name, track.label or track.station, str(len(track.t)), *span)
    console.print(tracks)
    for event in recorded.events:
        if event.type != "signals":
            told = " ".join(f"{name}={value}" for name, value in event.data.items())
            console.print(f"{event.t:8.2f}  {event.actor:12}  {event.type:14} {told}", markup=False, soft_wrap=True)


def grade(
    session: Session,
    profile: Annotated[str, typer.Option(help="The scoring profile.")] = "formative",
    scenario: Annotated[Path | None, typer.Option(help="The scenario file, if it is not a shipped one.")] = None,
    attempt: Annotated[
        int | None, typer.Option(min=1, help="Which attempt, if the session was rewound. [default: the last]")
    ] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Grade a recorded session again and store the report."""
    shelf, folder = Shelf.of(*([scenario] if scenario else [])), data_folder(data)
    with open_database(folder, database_url, progress=progress) as database:
        id = stored(session, database.url, folder, database_url)
        row = archive.past_session(database.url, id)
        sources = Sources(Settings(folder, "", "").scenarios, shelf.paths.get(row.scenario) if row else None)
        try:
            report = grade_session(database.url, id, sources, profile, attempt=attempt)
        except (ScoringError, UnknownAttempt) as error:
            raise typer.BadParameter(str(error)) from None
    print(json.dumps(report.to_json(), indent=1) if as_json else report.to_text())


def export(
    session: Session,
    directory: Annotated[Path, typer.Argument(help="Folder to write to; made if it is not there.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Write a session as Parquet files with a data dictionary."""
    folder = data_folder(data)
    with open_database(folder, database_url, progress=progress) as database:
        id = stored(session, database.url, folder, database_url)
        for path in exports.export(database.url, id, directory):
            console.print(str(path), markup=False, soft_wrap=True)
