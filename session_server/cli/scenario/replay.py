"""``talkdown scenario replay``: a recorded session done again, and the first difference if there is one."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from scenario_assets.language import Scenario, load
from session_server.cli.naming import beginning_of, session_named
from session_server.cli.options import Data, DatabaseUrl, scenario_file
from session_server.cli.terminal import console, data_folder, progress
from session_server.core.errors import Refusal
from session_server.core.opening import Opening
from session_server.core.verdict import Difference, Verdict, reexecute
from session_server.net.scenarios import Shelf
from session_server.net.server import open_database
from session_server.net.settings import Settings
from session_server.store import archive
from session_server.store.recorded import in_database, in_journal
from session_server.store.versions import Versions
from telemetry.errors import RecordError
from telemetry.records import decode_event


def replay(
    session: Annotated[
        str,
        typer.Argument(
            metavar="SESSION",
            help="A session's id, or its first 6 or more characters, or a journal's folder for every session in it.",
        ),
    ],
    scenario: Annotated[
        Path | None,
        typer.Option(
            help="The file it was played with, refused where it is another version. Needed "
            "only where the data folder has not kept the version played."
        ),
    ] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Do a recorded session again, input by input, and compare every decision with the record.

    Ends with status 1 where something comes out differently, or the record was changed.
    """
    folder = data_folder(data)
    versions = Versions(Settings(folder, "", "").scenarios)
    shelf = Shelf.of()
    given = load(scenario_file(scenario)) if scenario else None

    def meant(opening: Opening) -> Scenario | None:
        # Of all sessions in a journal, the file is meant for those of its scenario.
        return None if given is None or (Path(session).is_dir() and given.id != opening.scenario) else given

    exact = True
    for id, payloads in _recorded(session, folder, database_url).items():
        try:
            verdict = reexecute(id, payloads, lambda opening: played_with(opening, versions, shelf, meant(opening)))
        except (Refusal, RecordError) as error:
            why = error.message if isinstance(error, Refusal) else str(error)
            console.print(f"{id}  cannot be replayed: {why}", markup=False, soft_wrap=True)
            exact = False
            continue
        _tell(id, verdict)
        exact = exact and verdict.difference is None
    raise typer.Exit(0 if exact else 1)


def played_with(opening: Opening, versions: Versions, shelf: Shelf, given: Scenario | None = None) -> Scenario:
    """Return the scenario a session was played with, to the byte; ``Refusal`` where it is not to be had.

    What is ``given`` must be just that; otherwise it is the kept version, or the shipped one.
    """
    played = opening.scenario_sha256
    if given is not None:
        if given.sha256 != played:
            kept = "; without --scenario the version kept in the data folder is used" if versions.find(played) else ""
            raise Refusal(
                "unknown_name",
                f"it was played with another version of {opening.scenario!r} (sha256 {played[:12]}; {given.path} is "
                f"{given.id!r}, sha256 {given.sha256[:12]}){kept}",
            )
        return given
    return versions.load(opening.scenario_sha256) or shelf.played(opening)


def _recorded(session: str, folder: Path, database_url: str | None) -> Mapping[UUID, list[bytes]]:
    """The sessions meant, with their records: from the journal where it has all of one, else from the database."""
    if Path(session).is_dir():
        found = in_journal(Path(session))
        if not found:
            raise typer.BadParameter(f"there are no sessions in the journal {session}")
        return found
    beginning = beginning_of(session)
    journal = Settings(folder, "", "").journal
    journalled = in_journal(journal) if journal.is_dir() else {}
    # A whole id that the journal has all of needs no database.
    if (whole := _whole(beginning, journalled)) is not None:
        return {whole: journalled[whole]}
    with open_database(folder, database_url, progress=progress) as database:
        here = {id for id in journalled if str(id).startswith(beginning)}
        id = session_named(
            beginning, here.union(archive.sessions_beginning(database.url, beginning)), folder, database_url
        )
        return {id: journalled[id] if _complete(journalled.get(id)) else in_database(database.url, id)}


def _whole(beginning: str, journalled: Mapping[UUID, list[bytes]]) -> UUID | None:
    """The session of this id, if it is one and all of the session is in the journal."""
    try:
        id = UUID(beginning)
    except ValueError:
        return None
    return id if _complete(journalled.get(id)) else None


def _complete(payloads: list[bytes] | None) -> bool:
    """Whether these are all: what has been stored is deleted from the journal after a time, its oldest part first."""
    return payloads is not None and decode_event(payloads[0])[1].seq == 0


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
