"""Looking after the database: what it holds, its schema, and what may go. ``UnavailableError`` without it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from session_server.store.archive import available
from telemetry import inventory, prune
from telemetry.connections import connected
from telemetry.inventory import DatabaseState
from telemetry.migrate import migrate
from telemetry.prune import Pruned

#: Deleting a year of sessions from plain tables takes minutes.
PRUNED_WITHIN_S: Final = 3600.0


def state(conninfo: str) -> DatabaseState:
    """Return what the database holds."""
    with available():
        return inventory.of_database(conninfo)


def bring_up_to_date(conninfo: str, keep_days: Mapping[str, int]) -> int:
    """Apply the missing migrations and return the schema's version; see ``telemetry.migrate``."""
    with available():
        return migrate(conninfo, keep_days=keep_days)


def remove_old(conninfo: str, keep_days: Mapping[str, int], *, dry_run: bool) -> list[Pruned]:
    """Remove raw samples older than so many days; see ``telemetry.prune``."""
    with available(), connected(conninfo, within_s=PRUNED_WITHIN_S, autocommit=True) as connection:
        return prune.prune(connection, keep_days, now=datetime.now(UTC), dry_run=dry_run)
