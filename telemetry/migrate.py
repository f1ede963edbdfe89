"""Bring a database's schema to what this software needs: numbered SQL files, each applied once.

One process migrates at a time (an advisory lock). Applied files are remembered with their checksum: a file
that was changed afterwards, or a schema from newer software, is refused rather than guessed at.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from telemetry import dictionary, policies, views
from telemetry.connections import connected
from telemetry.errors import MigrationError

__all__ = ["SCHEMA", "MigrationError", "available", "migrate", "version"]

SCHEMA = Path(__file__).parent / "schema"
# Any number that no other software on the server uses for its advisory locks: "TDMIGR" in ASCII.
LOCK = 0x54444D494752

# Migrations of a large database take their time; one that hangs is given up.
WITHIN_S = 3600.0

_NAME = re.compile(r"^(\d{3})_[a-z_]+\.sql$")


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file."""

    version: int
    name: str
    sql: bytes

    @property
    def sha256(self) -> str:
        """What the database remembers it by."""
        return hashlib.sha256(self.sql).hexdigest()


def available(directory: Path = SCHEMA) -> list[Migration]:
    """The files there are, in order; raises `MigrationError` if a number is missing or stands twice."""
    found: list[Migration] = []
    for path in sorted(directory.glob("*.sql")):
        match = _NAME.match(path.name)
        if match is None or int(match[1]) != len(found) + 1:
            raise MigrationError(f"{path}: expected the name {len(found) + 1:03d}_words.sql")
        found.append(Migration(int(match[1]), path.name, path.read_bytes()))
    return found


def migrate(
    conninfo: str, *, directory: Path = SCHEMA, within_s: float = WITHIN_S,
    keep_days: Mapping[str, int] | None = None,
) -> int:
    """Apply what is missing and return the schema's version; safe at every start, from several processes.

    The dictionary and the views of the streams are made to say what this software's registry says. Where the server
    offers it, old chunks are then kept by column; `keep_days` names the streams whose chunks it is to drop by itself,
    and after how many days (see `telemetry.policies`).

    Raises `MigrationError` if the schema is newer than this software or an applied file has been changed, and
    `psycopg.OperationalError` if the database does not answer, or is not through after `within_s` seconds.
    """
    migrations = available(directory)
    with connected(conninfo, within_s=within_s, autocommit=True) as connection:
        connection.execute("SET client_min_messages = warning")
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        applied = _applied(connection)
        _compare(applied, migrations)
        for migration in migrations[len(applied) :]:
            _apply(connection, migration)
        if migrations:
            with connection.transaction():
                dictionary.write(connection)
                views.write(connection)
            policies.apply(connection, keep_days=keep_days)
    return len(migrations)


def version(connection: psycopg.Connection) -> int:
    """The schema's version, 0 before the first migration."""
    row = connection.execute("SELECT to_regclass('core.migration') IS NOT NULL").fetchone()
    if row is None or not row[0]:
        return 0
    row = connection.execute("SELECT coalesce(max(version), 0) FROM core.migration").fetchone()
    return int(row[0]) if row else 0


def _applied(connection: psycopg.Connection) -> list[tuple[int, str, str]]:
    """Version, name and checksum of what was applied, in order."""
    with connection.transaction():
        connection.execute("CREATE SCHEMA IF NOT EXISTS core")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS core.migration (version int PRIMARY KEY, name text NOT NULL,"
            " sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
    query = "SELECT version, name, sha256 FROM core.migration ORDER BY version"
    return connection.execute(query).fetchall()


def _compare(applied: list[tuple[int, str, str]], migrations: list[Migration]) -> None:
    if len(applied) > len(migrations):
        ours = f"this software knows {len(migrations)}"
        raise MigrationError(f"the database's schema has version {len(applied)}, {ours}: update the software")
    for (number, name, sha256), migration in zip(applied, migrations, strict=False):
        if (number, sha256) != (migration.version, migration.sha256):
            raise MigrationError(
                f"migration {number} was applied as {name} with SHA-256 {sha256[:12]}, now {migration.name}"
                f" has {migration.sha256[:12]}: an applied migration is never edited, add a new one"
            )


def _apply(connection: psycopg.Connection, migration: Migration) -> None:
    try:
        with connection.transaction():
            connection.execute(migration.sql)
            connection.execute(
                "INSERT INTO core.migration (version, name, sha256) VALUES (%s, %s, %s)",
                [migration.version, migration.name, migration.sha256],
            )
    except psycopg.OperationalError:
        # Nothing is wrong with the file: the database went away, or another process held a lock.
        raise
    except psycopg.Error as error:
        raise MigrationError(f"{migration.name} could not be applied: {error}") from error
