"""Where the server's event loop spends its time, by what it is done for.

    python -m tests.bench.shares serve ...      the server's command line, with its loop's thread profiled

Profiling makes everything slower, small functions most: what counts are the shares, at a load that is carried easily.
"""

import atexit
import cProfile
import json
import pstats
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Final

from tests.bench.node import WARM_S, load_of, node

#: A load that even a profiled server carries.
STATIONS: Final = 50
#: What the loop works for: the doors that it enters by, and the doors within them that are counted for themselves.
WORK: Final = {
    "frames": (("websocket.py", "_try"), ()),
    "ticks": (("room.py", "tick"), (("room.py", "_push_stage"), ("room.py", "_push_live"), ("recorder.py", "event"))),
    "pushes built": (("room.py", "_push_stage"), ()),
    "messages sent": (("room.py", "_deliver"), ()),
    "events journalled": (("recorder.py", "event"), ()),
    "commits": (("recorder.py", "_commit"), (("room.py", "_deliver"),)),
}


def measure(seconds: float) -> dict[str, float]:
    """Return the share of the loop's processor time by kind of work, and ``elsewhere``."""
    with node("tests.bench.shares") as running:
        with load_of(running, STATIONS):
            time.sleep(WARM_S + seconds)
        running.process.terminate()
        running.process.wait(60)
        found: dict[str, float] = json.loads((running.folder / "shares.json").read_text())
        return found


def shares(profile: cProfile.Profile) -> dict[str, float]:
    """Sum up a profile by ``WORK``."""
    spent: dict[tuple[str, str], float] = {}
    total = 0.0
    entries: dict[tuple[str, int, str], tuple[int, int, float, float, object]] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    for (file, _, name), (_, _, own, all_of_it, _) in entries.items():
        key = Path(file).name, name
        spent[key] = spent.get(key, 0.0) + all_of_it
        total += own
    found = {
        work: (spent.get(door, 0.0) - sum(spent.get(inner, 0.0) for inner in within)) / total
        for work, (door, within) in WORK.items()
    }
    return found | {"elsewhere": 1 - sum(found.values())}


def _profiled() -> None:
    # The thread's own processor time: a loop that waits for its sockets works for nobody.
    profile = cProfile.Profile(time.thread_time)

    def write() -> None:
        profile.disable()
        folder = next(Path(after) for before, after in pairwise(sys.argv) if before == "--data")
        (folder / "shares.json").write_text(json.dumps(shares(profile)))

    from session_server.cli import main

    atexit.register(write)
    profile.enable()
    main()


if __name__ == "__main__":
    _profiled()
