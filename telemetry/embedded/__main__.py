"""`python -m telemetry.embedded`: make the embedded database's programs ready, and tell which they are."""

import argparse
import sys
from pathlib import Path

from telemetry.embedded.engine import MAJOR, server_version
from telemetry.embedded.errors import EmbeddedError
from telemetry.embedded.server import prepare


def main() -> int:
    """Prepare the engine; returns the exit status, 1 when TimescaleDB cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m telemetry.embedded", description=__doc__)
    parser.add_argument(
        "--cache", type=Path, help="folder for the programs (default: the user's cache folder)"
    )
    chosen = parser.parse_args()
    try:
        engine = prepare(cache_dir=chosen.cache, progress=_show)
        print(f"PostgreSQL {server_version(engine)} with TimescaleDB {engine.timescaledb()}: {engine.root}")
    except EmbeddedError as error:
        print(f"PostgreSQL {MAJOR} without TimescaleDB: {error}", file=sys.stderr)
        return 1
    return 0


def _show(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
