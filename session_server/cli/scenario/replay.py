"""``talkdown scenario replay``: a recorded session done again, and the first difference if there is one."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from scenario_assets.language import Scenario
from session_server.cli.options import Data, DatabaseUrl, scenario_file
from session_server.cli.terminal import console, data_folder, progress
from session_server.core.errors import Refusal
from session_server.core.opening import Opening
from session_server.core.verdict import Difference, Verdict, reexecute
from session_server.net.scenarios import Shelf
from session_server.net.server import open_database
from session_server.net.settings import Settings
from session_server.store.recorded import in_database, in_journal
from session_server.store.versions import Versions
from telemetry.errors import RecordError
from telemetry.records import decode_event


def replay(
    session: Annotated[
        str, typer.Argument(metavar="SESSION", help="A session's id, or a journal's folder for every session in it.")
    ],
    scenario: Annotated[
        Path | None, typer.Option(help="The scenario file it was played with, if it is not a shipped one.")
    ] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Do a recorded session again, input by input, and compare every decision with the record.

    Ends with status 1 where something comes out differently, or the record was changed.
    """
    folder = data_folder(data)
    versions = Versions(Settings(folder, "", "").scenarios)
    shelf = Shelf.of(*([scenario_file(scenario)] if scenario else []))
    exact = True
    for id, payloads in _recorded(session, folder, database_url).items():
        try:
            verdict = reexecute(id, payloads, lambda opening: played_with(opening, versions, shelf))
        except (Refusal, RecordError) as error:
            why = error.message if isinstance(error, Refusal) else str(error)
            console.print(f"{id}  cannot be replayed: {why}", markup=False, soft_wrap=True)
            exact = False
            continue
        _tell(id, verdict)
        exact = exact and verdict.difference is None
    raise typer.Exit(0 if exact else 1)


def played_with(opening: Opening, versions: Versions, shelf: Shelf) -> Scenario:
    """Return the scenario a session was played with, to the byte; ``Refusal`` where it is not to be had."""
    return versions.load(opening.scenario_sha256) or shelf.played(opening)


def _recorded(session: str, folder: Path, database_url: str | None) -> Mapping[UUID, list[bytes]]:
    """The sessions meant, with their records: from the journal where it has all of one, else from the database."""
    if Path(session).is_dir():
        found = in_journal(Path(session))
        if not found:
            raise typer.BadParameter(f"there are no sessions in the journal {session}")
        return found
    try:
        id = UUID(session)
    except ValueError:
        raise typer.BadParameter(f"{session!r} is neither a session's id nor a journal's folder") from None
    journal = Settings(folder, "", "").journal
    payloads = in_journal(journal).get(id, []) if journal.is_dir() else []
    if payloads and decode_event(payloads[0])[1].seq == 0:
        return {id: payloads}
    # What has been stored is deleted from the journal after a time, its oldest part first.
    with open_database(folder, database_url, progress=progress) as database:
        return {id: in_database(database.url, id)}


def _tell(id: UUID, verdict: Verdict) -> None:
    told = f"{id}  {verdict.opening.scenario}, seed {verdict.opening.seed}: "
    if verdict.difference is None:
        told += f"replays exactly: {verdict.events} events, digest {verdict.digest}"
        if verdict.unwritten:
            told += f"\n  The record was cut off: {verdict.unwritten} decisions that follow were not written any more."
    else:
        told += _first(verdict.difference)
    console.print(told, markup=False, soft_wrap=True)


def _first(difference: Difference) -> str:
    head = f"differs at event {difference.seq} ({difference.type}, {difference.t:.3f} s): {difference.what}"
    fields = (
        f"\n  {field.name}: the record says {_json(field.written)}, here {_json(field.derived)}"
        for field in difference.fields
    )
    return head + "".join(fields)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
