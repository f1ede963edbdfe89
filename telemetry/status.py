"""What the drain says of itself: the file `drain.json` in the journal's folder, replaced as a whole.

Written after the commit it reports, so a position in it is stored. Readers need no database, which is the
point: while the database is away, "recording to disk, 12 s behind" still has to be shown.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from telemetry import journal
from telemetry.segments import Position

__all__ = ["BEHIND_S", "SILENT_S", "STATUS", "DrainStatus", "read", "wait_until_stored", "write"]

State = Literal["storing", "behind", "off"]

STATUS = "drain.json"
# Four transactions' time: above it the copying does not keep up, whatever the cause.
BEHIND_S = 2.0
# A drain that lives says something within 7 s: a connection may take 5 s, and then it waits for up to 2 s.
SILENT_S = 10.0
# How often `wait_until_stored` looks; a transaction comes every 500 ms at most.
POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class DrainStatus:
    """How far the copy is.

    `segment`, `offset`: everything before is stored. `stored_until`: UTC seconds up to which everything
    recorded is stored; `behind_s`: how long ago that is, 0 while nothing waits. `error`: why it is not
    storing. `records` and `rows` were stored since this drain began. `damage_places` and `damage_bytes` could
    not be stored, ever since the journal began.
    """

    state: State
    segment: int
    offset: int
    behind_s: float
    stored_until: float
    error: str | None
    at: float
    records: int = 0
    rows: int = 0
    damage_places: int = 0
    damage_bytes: int = 0

    @property
    def position(self) -> Position:
        """Up to where everything is stored."""
        return Position(self.segment, self.offset)

    def alive(self, now: float) -> bool:
        """Whether a drain was at work shortly before `now` (UTC seconds), with or without success."""
        return self.state != "off" and now - self.at < SILENT_S


NOTHING = DrainStatus("off", 0, 0, 0.0, 0.0, "no drain has run", 0.0)


def write(directory: Path, status: DrainStatus) -> None:
    """Replace the status; a reader sees the old one or the new one."""
    temporary = directory / f"{STATUS}.new"
    temporary.write_text(json.dumps(asdict(status)))
    os.replace(temporary, directory / STATUS)


def stored(directory: Path) -> DrainStatus:
    """The status as the drain last wrote it, `NOTHING` if none can be read."""
    try:
        return DrainStatus(**json.loads((directory / STATUS).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return NOTHING


def read(directory: Path | str, *, now: Callable[[], float] = time.time) -> DrainStatus:
    """The status as of now, with what has been journalled since: a drain that hangs is behind, too."""
    folder = Path(directory)
    status = stored(folder)
    end = journal.synced(folder)
    if end is None or end <= status.position:
        return replace(status, behind_s=0.0)
    behind_s = max(now() - status.stored_until, 0.0) if status.stored_until else 0.0
    state: State = "behind" if status.state == "storing" and behind_s > BEHIND_S else status.state
    return replace(status, state=state, behind_s=round(behind_s, 3))


def wait_until_stored(
    directory: Path | str,
    position: Position,
    timeout: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Wait until everything before `position` is in the database; False after `timeout` seconds.

    `position` is what `JournalWriter.sync` or `append` returned. Blocks: call it from a worker, not a loop.
    """
    deadline = clock() + timeout
    while stored(Path(directory)).position < position:
        if clock() >= deadline:
            return False
        sleep(POLL_S)
    return True
