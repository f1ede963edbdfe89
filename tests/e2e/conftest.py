"""One server for all of these tests, one browser for each module of them."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright
from psycopg import sql
from psycopg.conninfo import make_conninfo

from tests.e2e.chromium import chromium
from tests.e2e.stand import Stand, serving
from tests.e2e.voice_file import VoiceFile, write


@pytest.fixture(scope="session")
def stand(
    database_server: str, database_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stand]:
    """A running server with a database of its own; sessions do not see each other."""
    name = f"talkdown_e2e_{uuid.uuid4().hex[:8]}"
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(database_template))
    with psycopg.connect(database_server, autocommit=True) as connection:
        connection.execute(copy)
        try:
            with serving(tmp_path_factory.mktemp("server"), make_conninfo(database_server, dbname=name)) as running:
                yield running
        finally:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright for one module: while it is there, the thread has a running loop, and async tests could not run."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def voice_file(tmp_path_factory: pytest.TempPathFactory) -> VoiceFile:
    """What the fake microphone plays."""
    return write(tmp_path_factory.mktemp("voice") / "voice.wav", room_s=9, voice_s=51)


@pytest.fixture(scope="module")
def browser(playwright: Playwright, voice_file: VoiceFile) -> Iterator[Browser]:
    """A browser whose microphone plays the voice file."""
    with chromium(playwright, microphone=voice_file.path) as launched:
        yield launched
