"""The database that needs no installing: PostgreSQL from a wheel, TimescaleDB built into it.

    with embedded.start(data_dir) as database:
        psycopg.connect(database.uri)

What happens, and where each part lives:

- `engine`: a private copy of the wheel's PostgreSQL 16, made once under the cache folder
- `timescale` and `debian`: TimescaleDB (its Apache part) from Debian's signed source package, built once into
  that copy
- `owner` and `paths`: who runs the server (never root) and which folders that user can reach
- `cluster`: one PostgreSQL data folder: made, started, stopped
- `server`: `start()` and `EmbeddedDatabase`, shared by the processes that use the same data folder

The wheel's own Python module is not used. As root it widens the permissions of private parent folders, which
we refuse to do, and it stops the server from an exit handler, after everything that could still report a
failure is gone.

Errors: `EmbeddedError` is the base of all of them; `PrivateFolderError` is a folder the server's user may not
enter, `NotBuiltError` says why TimescaleDB could not be built (`start` then continues without it and tells).
"""

from telemetry.embedded.errors import CommandError, EmbeddedError, NotBuiltError, PrivateFolderError
from telemetry.embedded.paths import default_cache_dir, default_data_dir
from telemetry.embedded.server import FOLDER, EmbeddedDatabase, prepare, prepared_timescaledb, running, start

__all__ = [
    "FOLDER",
    "CommandError",
    "EmbeddedDatabase",
    "EmbeddedError",
    "NotBuiltError",
    "PrivateFolderError",
    "default_cache_dir",
    "default_data_dir",
    "prepare",
    "prepared_timescaledb",
    "running",
    "start",
]
