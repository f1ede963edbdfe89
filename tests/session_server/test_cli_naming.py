"""Which session an argument means, and what is said where that is not clear."""

from pathlib import Path
from uuid import UUID

import pytest
import typer

from session_server.cli.naming import beginning_of, session_named

FIRST, SECOND = UUID("aaaaaa11-0000-4000-8000-000000000001"), UUID("aaaaaa12-0000-4000-8000-000000000002")


@pytest.mark.parametrize("given", ["aaaaaa", "AAAAAA11-00", str(FIRST), str(FIRST).upper(), FIRST.hex])
def test_an_id_is_given_whole_or_by_its_beginning(given: str) -> None:
    assert str(FIRST).startswith(beginning_of(given))


@pytest.mark.parametrize("given", ["", "aaaaa", "tuesday", f"{FIRST}0"])
def test_what_no_id_begins_with_is_refused(given: str) -> None:
    with pytest.raises(typer.BadParameter, match="neither a session's id"):
        beginning_of(given)


def test_one_session_is_meant_or_it_is_told_where_was_looked() -> None:
    folder = Path("/data")
    assert session_named("aaaaaa11", {FIRST}, folder, None) == FIRST
    with pytest.raises(typer.BadParameter, match=f"any of {FIRST}, {SECOND}; give more.*folder /data.*--data"):
        session_named("aaaaaa", {SECOND, FIRST}, folder, None)
    with pytest.raises(typer.BadParameter, match=r"no session bbbbbb in the data folder /data.*--data names another"):
        session_named("bbbbbb", set(), folder, None)
    with pytest.raises(typer.BadParameter, match=r"no session bbbbbb in the database of --database-url.*/data"):
        session_named("bbbbbb", set(), folder, "postgresql://")
