"""What TimescaleDB does by itself with old chunks: store them by column, or drop them, where the server offers it.

Both belong to TimescaleDB's own license (TSL). Under the Apache edition their functions exist and refuse, and plain
PostgreSQL has none; then nothing is attempted. Columns are kept per session and track, in the order of time: as
they are read. We run and test the Apache edition only: what is here for the other follows its documentation
(https://www.tigerdata.com/docs/api/latest/hypercore, /compression, /data-retention) and has not been run by our tests.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import psycopg

from telemetry.timescale import Features, features

__all__ = ["COLUMNSTORE_AFTER_DAYS", "Hypertable", "Offer", "apply", "offered", "statements"]

logger = logging.getLogger(__name__)

# A session is graded again, if at all, within days; until then its rows are read as they were written.
COLUMNSTORE_AFTER_DAYS = 7
# The value of `timescaledb.license` under which the functions do what they say.
COMMUNITY = "timescale"

# In the order of preference: since 2.18 the first, before that the second.
_COLUMNSTORE: Mapping[str, Literal["columnstore", "compression"]] = {
    "add_columnstore_policy": "columnstore",
    "add_compression_policy": "compression",
}
_RETENTION = "add_retention_policy"


@dataclass(frozen=True, slots=True)
class Offer:
    """What the server offers; `columnstore` names the interface, None for none."""

    columnstore: Literal["columnstore", "compression"] | None
    retention: bool

    def __str__(self) -> str:
        """As the command line says it."""
        names = [name for name, there in (("columnstore", self.columnstore), ("retention", self.retention)) if there]
        return " and ".join(names) if names else "none (they need TimescaleDB under its community license)"


NOTHING = Offer(None, False)


@dataclass(frozen=True, slots=True)
class Hypertable:
    """A hypertable of `core`: whether its rows belong to tracks, and what has been set for it before."""

    name: str
    by_track: bool
    columnstore: bool


def offered(found: Features, functions: Collection[str]) -> Offer:
    """What a server offers that says this of itself and has these functions."""
    if found.timescaledb is None or found.license != COMMUNITY:
        return NOTHING
    columnstore = next((kind for name, kind in _COLUMNSTORE.items() if name in functions), None)
    return Offer(columnstore, _RETENTION in functions)


def offer(connection: psycopg.Connection) -> Offer:
    """What this server offers."""
    rows = connection.execute(
        "SELECT proname FROM pg_proc WHERE proname = ANY(%s)", [[*_COLUMNSTORE, _RETENTION]]
    ).fetchall()
    return offered(features(connection), {name for (name,) in rows})


def statements(
    given: Offer, tables: Collection[Hypertable], *, columnstore_after_days: int, keep_days: Mapping[str, int]
) -> Iterator[tuple[str, str]]:
    """Table and statement, one after the other, that set what is offered.

    `keep_days` names the tables whose chunks are to be dropped, and after how many days: nobody's unless told.
    """
    for table in tables:
        segments = "session_id, track" if table.by_track else "session_id"
        after = f"INTERVAL '{columnstore_after_days:d} days'"
        qualified = f"core.{table.name}"
        if given.columnstore == "columnstore":
            if not table.columnstore:
                yield table.name, (
                    f"ALTER TABLE {qualified} SET (timescaledb.enable_columnstore = true,"
                    f" timescaledb.segmentby = '{segments}', timescaledb.orderby = 'at, seq')"
                )
            yield (
                table.name,
                f"CALL add_columnstore_policy('{qualified}', after => {after}, if_not_exists => true)",
            )
        elif given.columnstore == "compression":
            if not table.columnstore:
                yield table.name, (
                    f"ALTER TABLE {qualified} SET (timescaledb.compress,"
                    f" timescaledb.compress_segmentby = '{segments}', timescaledb.compress_orderby = 'at, seq')"
                )
            yield (
                table.name,
                f"SELECT add_compression_policy('{qualified}', compress_after => {after}, if_not_exists => true)",
            )
        if given.retention and table.name in keep_days:
            # A policy that is there already keeps its interval, whatever it is told.
            yield table.name, f"SELECT remove_retention_policy('{qualified}', if_exists => true)"
            kept = f"INTERVAL '{keep_days[table.name]:d} days'"
            yield table.name, f"SELECT add_retention_policy('{qualified}', drop_after => {kept})"


def apply(
    connection: psycopg.Connection,
    *,
    columnstore_after_days: int = COLUMNSTORE_AFTER_DAYS,
    keep_days: Mapping[str, int] | None = None,
) -> Offer:
    """Set what the server offers and return what that is; needs a connection in autocommit.

    A statement that fails is logged: how old chunks are kept is no reason not to record.
    """
    given = offer(connection)
    if given == NOTHING:
        return given
    failed: set[str] = set()
    wanted = statements(
        given, hypertables(connection), columnstore_after_days=columnstore_after_days, keep_days=keep_days or {}
    )
    for table, statement in wanted:
        if table in failed:
            continue
        try:
            connection.execute(statement)
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:
            failed.add(table)
            logger.warning("no policy is set for core.%s: %s", table, error)
    return given


def hypertables(connection: psycopg.Connection) -> list[Hypertable]:
    """The hypertables of `core`, by name."""
    rows = connection.execute(
        "SELECT h.hypertable_name, h.compression_enabled, EXISTS (SELECT FROM information_schema.columns c"
        " WHERE c.table_schema = 'core' AND c.table_name = h.hypertable_name AND c.column_name = 'track')"
        " FROM timescaledb_information.hypertables h WHERE h.hypertable_schema = 'core' ORDER BY 1"
    ).fetchall()
    return [Hypertable(name, by_track, bool(columnstore)) for name, columnstore, by_track in rows]
