"""Which recorded session a command's argument means: its id, or enough of its beginning."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer

from session_server.store import archive

#: Fewer characters soon mean several sessions.
LEAST: Final = 6
_ID: Final = re.compile(rf"[0-9a-f-]{{{LEAST},36}}")


def beginning_of(given: str) -> str:
    """Return how the id that is meant begins, as ids are written; typer.BadParameter where no id begins so."""
    try:
        return str(UUID(given))
    except ValueError:
        beginning = given.lower()
    if not _ID.fullmatch(beginning):
        raise typer.BadParameter(f"{given!r} is neither a session's id nor its first {LEAST} or more characters")
    return beginning


#: A command's argument; what it means is said by ``stored``.
Session = Annotated[
    str,
    typer.Argument(
        metavar="SESSION", parser=beginning_of,
        help=f"A session's id, as `talkdown sessions list` shows it, or its first {LEAST} or more characters.",
    ),
]  # fmt: skip


def session_named(beginning: str, found: Collection[UUID], folder: Path, database_url: str | None) -> UUID:
    """Return the one session found by this beginning; typer.BadParameter where there is none, or more than one.

    The folder and the database's address, as the command was given them, are told where nothing was found.
    """
    if len(found) > 1:
        every = ", ".join(sorted(map(str, found)))
        where = looked_in(folder, database_url)
        raise typer.BadParameter(f"{beginning} may be any of {every}; give more of it. Looked in {where}")
    if not found:
        raise typer.BadParameter(f"no session {beginning} in {looked_in(folder, database_url)}")
    return next(iter(found))


def stored(beginning: str, conninfo: str, folder: Path, database_url: str | None) -> UUID:
    """Return the one session in the database at ``conninfo`` whose id begins so; else like ``session_named``."""
    return session_named(beginning, archive.sessions_beginning(conninfo, beginning), folder, database_url)


def looked_in(folder: Path, database_url: str | None) -> str:
    """Say where sessions were looked for, and how to look elsewhere."""
    if database_url is not None:
        return f"the database of --database-url or the data folder {folder}; `talkdown sessions list` shows the stored"
    return f"the data folder {folder}; `talkdown sessions list` shows those that are there, --data names another folder"
