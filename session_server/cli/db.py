"""``talkdown db``: how the record stands, the schema, and what may be removed; with or without a running server."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from session_server.cli.options import Data, DatabaseUrl
from session_server.cli.terminal import console, data_folder, progress
from session_server.net.disk import RESERVE_BYTES
from session_server.net.settings import Settings
from session_server.store import maintenance
from session_server.store.archive import UnavailableError
from telemetry import embedded, inventory
from telemetry.embedded import EmbeddedError
from telemetry.inventory import DatabaseState, JournalState
from telemetry.prune import RAW, SUGGESTED_DAYS
from telemetry.status import DrainStatus

app = typer.Typer(no_args_is_help=True, help="Look after the journal and the database.")

#: A record so far behind is not being stored, whatever the reason.
BEHIND_S: Final = 60.0
#: A loss stays in the list for ever; it makes the command fail as long as somebody may not have heard of it.
NEWS: Final = timedelta(days=7)
#: Stands for all streams of raw motion and voice in ``--keep-days``.
ALL_RAW: Final = "raw"


class Format(StrEnum):
    """How a state is told."""

    TEXT = "text"
    JSON = "json"


KeepDays = Annotated[
    list[str] | None,
    typer.Option(
        metavar="STREAM=DAYS", help=f"How long a stream's samples are kept; {ALL_RAW}=DAYS means {', '.join(RAW)}. "
        f"{SUGGESTED_DAYS} days are a sound choice for these. [default: for ever]",
    ),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class State:
    """All there is to tell; ``database`` is None where it could not be asked, and ``unasked`` says why.

    ``address``: where programs reach the embedded database while a server runs; one that was given may hold a password.
    """

    journal: JournalState
    database: DatabaseState | None
    problems: tuple[str, ...]
    address: str | None = None
    unasked: str | None = None


@app.command("status")
def status(
    data: Data = None,
    database_url: DatabaseUrl = None,
    format_: Annotated[Format, typer.Option("--format", help="For people, or for programs.")] = Format.TEXT,
) -> None:
    """Show journal and database: what is recorded, what is stored, what was lost. Changes and starts nothing.

    Needs neither a running server nor, for the journal's part, a database.
    An embedded one is asked while a server runs, and not missed otherwise.

    Exit status 0: nothing is wrong.
    1: somebody should look, for a reason that is told:
    records wait, and no drain is alive to copy them, or for over a minute;
    a loss of the last seven days; little room on the disk; a journal that
    cannot be read, or is of another version; a database that does not answer, or whose schema is of another version.
    2: the command was given wrong options.
    """
    folder = data_folder(data)
    found = _look(folder, database_url)
    if format_ is Format.JSON:
        print(json.dumps(asdict(found), default=str, indent=1))
    else:
        _show(found)
    if found.problems:
        raise typer.Exit(1)


@app.command("migrate")
def migrate(data: Data = None, database_url: DatabaseUrl = None, keep_days: KeepDays = None) -> None:
    """Bring the database's schema up to date; a server that starts does so too.

    Where TimescaleDB runs under its community license, old chunks are kept by column from then on. Only with
    --keep-days, and only there, they are also dropped by the database itself, graded or not: `prune` is more careful.
    """
    folder, days = data_folder(data), _days(keep_days)
    with _reached(folder, database_url, make=True) as url:
        assert url is not None  # noqa: S101 - made
        version = maintenance.bring_up_to_date(url, days)
        state = maintenance.state(url)
    console.print(f"Schema      version {version}\nDatabase    {state.description}\nPolicies    {state.offer}",
                  markup=False, soft_wrap=True)  # fmt: skip
    if days and not state.offer.retention:
        progress("This server drops nothing by itself: run `talkdown db prune --keep-days ...` from time to time.")


@app.command("prune")
def prune(
    data: Data = None,
    database_url: DatabaseUrl = None,
    keep_days: KeepDays = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
) -> None:
    """Remove raw samples of closed and graded sessions that are older than told; nothing else, and nothing unless told.

    Events, grades and measures stay. What was removed is noted, so that nobody takes it for a loss.
    """
    folder, days = data_folder(data), _days(keep_days)
    if not days:
        raise typer.BadParameter(f"nothing is removed unless told: for example --keep-days {ALL_RAW}={SUGGESTED_DAYS}")
    with _reached(folder, database_url) as url:
        if url is None:
            raise typer.BadParameter(f"there is no database in {folder}")
        done = maintenance.remove_old(url, days, dry_run=dry_run)
    for one in done:
        verb = "would go" if dry_run else "removed"
        console.print(
            f"{one.stream:<14} older than {one.before:%Y-%m-%d %H:%M} UTC: {one.rows:,} rows "
            f"of {one.sessions} sessions {verb}, {one.chunks} chunks as a whole",
            markup=False, soft_wrap=True,
        )  # fmt: skip
    kept = sorted({str(session) for one in done for session in one.kept})
    if kept:
        progress(f"{len(kept)} sessions as old are kept, since they are not closed or not graded "
                 f"(`talkdown grade SESSION`): {', '.join(kept)}")  # fmt: skip


def _days(given: list[str] | None) -> dict[str, int]:
    days: dict[str, int] = {}
    for one in given or ():
        name, _, number = one.partition("=")
        if not number.isdecimal():
            raise typer.BadParameter(f"{one!r} is not STREAM=DAYS, such as head_pose={SUGGESTED_DAYS}")
        for stream in RAW if name == ALL_RAW else (name,):
            days[stream] = int(number)
    return days


@contextmanager
def _reached(folder: Path, url: str | None, *, make: bool = False) -> Iterator[str | None]:
    """The address of the database, started where need be; None without an embedded one where none is to be made."""
    if url is not None:
        yield url
    elif not make and not (folder / embedded.FOLDER).exists():
        yield None
    else:
        with embedded.start(folder, progress=progress) as server:
            yield server.uri


def _look(folder: Path, url: str | None) -> State:
    journal = inventory.of_journal(Settings(folder, "", "").journal)
    database, address, unasked, problems = None, None, None, list(_of_journal(journal))
    try:
        address = embedded.running(folder) if url is None else None
        reached = url or address
        if reached is not None:
            database = maintenance.state(reached)
            problems += _of_database(database)
        else:
            made = (folder / embedded.FOLDER).exists()
            unasked = "does not run; a server starts it" if made else "none yet; a server makes it"
    except (UnavailableError, EmbeddedError) as error:
        unasked = "does not answer"
        problems.append(str(error))
    return State(journal, database, tuple(problems), address, unasked)


def _of_journal(found: JournalState) -> Iterator[str]:
    if found.fault is not None:
        yield found.fault
    drain, waits = found.drain, f"{found.backlog_bytes:,} bytes of the journal are not in the database"
    if found.backlog_bytes and not found.draining:
        yield f"{waits}, and no drain copies them{_last_heard(drain)}: start the server"
    elif found.backlog_bytes and drain.behind_s > BEHIND_S:
        yield f"{waits}, which is {drain.behind_s:.0f} s behind{f': {drain.error}' if drain.error else ''}"
    if found.free_bytes < RESERVE_BYTES:
        yield f"{found.free_bytes >> 20} MiB are free on the disk of {found.folder}: no samples are taken"


def _last_heard(drain: DrainStatus) -> str:
    if not drain.at:
        return " (none has ever run)"
    return f" (last heard of at {datetime.fromtimestamp(drain.at, UTC):%Y-%m-%d %H:%M:%S} UTC)"


def _of_database(found: DatabaseState) -> Iterator[str]:
    if found.version < found.needed_version:
        yield (f"the schema has version {found.version}, this software needs {found.needed_version}: "
               "`talkdown db migrate`, or start the server")  # fmt: skip
    elif found.version > found.needed_version:
        yield f"the schema has version {found.version}, this software knows {found.needed_version}: update the software"
    news = [harm for harm in found.damage if datetime.now(UTC) - harm.noticed_at < NEWS]
    if news:
        lost = f"{found.damage_places} places of the journal, {found.damage_bytes} bytes in all, could not be stored"
        yield f"{lost}; the last: {news[0].reason}"


def _show(found: State) -> None:
    journal, drain = found.journal, found.journal.drain
    segments = f"{journal.segments} segment{'' if journal.segments == 1 else 's'}"
    lines = [
        f"Journal     {journal.folder}",
        f"            {segments}, {journal.bytes:,} bytes, {journal.damaged_files} set aside as "
        f"damaged; {journal.free_bytes >> 20:,} MiB free on its disk",
        f"            synced to {_place(journal.synced)}, stored to {_place(drain.position)}: "
        f"{journal.backlog_bytes:,} bytes wait",
        f"Drain       {_doing(journal)}",
    ]
    database = found.database
    if database is None:
        lines.append(f"Database    {found.unasked}")
    else:
        lines += [
            f"Database    {database.description}, {database.bytes >> 20:,} MiB",
            *([f"Address     {found.address} (while a server runs)"] if found.address else []),
            f"Schema      version {database.version}; this software needs {database.needed_version}",
            f"Policies    {database.offer}",
            f"Sessions    {database.sessions}, {database.open_sessions} of them open",
            f"Damage      {database.damage_places} places, {database.damage_bytes} bytes",
        ]
        lines += [
            f"            {harm.noticed_at:%Y-%m-%d %H:%M} segment {harm.segment}, byte {harm.offset}, {harm.size} "
            f"bytes{f', session {harm.session}' if harm.session else ''}: {harm.reason}"
            for harm in database.damage
        ]
    console.print("\n".join(lines), markup=False, soft_wrap=True)
    if database is not None and database.tables:
        table = Table("table", "rows (about)", "MiB", "chunks", box=None, pad_edge=False, header_style="dim")
        for one in database.tables:
            chunks = "plain" if one.chunks is None else str(one.chunks)
            rows = "not known" if one.rows is None else f"{one.rows:,}"
            table.add_row(one.name, rows, f"{one.bytes / (1 << 20):,.1f}", chunks)
        console.print(table)
    for problem in found.problems:
        console.print(f"Problem     {problem}", markup=False, soft_wrap=True, style="bold")


def _doing(found: JournalState) -> str:
    """What the drain does, and how far behind the database is."""
    drain = found.drain
    told = drain.state if found.draining else f"not running{_last_heard(drain)}"
    late = f", {drain.behind_s:.0f} s behind" if found.backlog_bytes else ""
    return f"{told}{late}{f', {drain.error}' if drain.error and drain.at else ''}"


def _place(position: object) -> str:
    match position:
        case (segment, offset):
            return f"segment {segment}, byte {offset}"
    return "nothing"
