"""Where the server's event loop spends its time, by what it is done for.

    python -m tests.bench.shares serve ...      the server's command line, its loop's thread sampled

Sampled and not profiled: a profiler makes small functions look large, and this server has many. A timer of processor
time interrupts the loop between two bytecodes; what runs in C is counted for what follows it.
"""

import atexit
import json
import signal
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Final

from session_server.cli import main
from tests.bench.node import WARM_S, load_of, node

STATIONS: Final = 200
#: Processor time between two samples.
SAMPLE_S: Final = 0.002
#: What the loop works for, by the function that is entered for it; of nested ones the inner counts.
DOORS: Final = {
    "_try": "frames and requests", "_try_frame": "frames and requests", "tick": "ticks",
    "stage": "pushes built", "live": "pushes built", "_deliver": "acknowledgements sent", "show_now": "pushes sent",
    "event": "events journalled", "samples": "rows journalled", "flush": "server's own rows", "_commit": "commits",
    "run_asgi": "HTTP and joining",
}  # fmt: skip
FILES: Final = frozenset({
    "websocket.py", "ticks.py", "showing.py", "members.py", "recorder.py", "websockets_sansio_impl.py",
    "httptools_impl.py",
})  # fmt: skip
ELSEWHERE: Final = "the loop itself"


def measure(seconds: float, stations: int = STATIONS) -> dict[str, float]:
    """Return the share of the loop's processor time by kind of work."""
    with node("tests.bench.shares") as running:
        with load_of(running, stations):
            time.sleep(WARM_S)
            running.process.send_signal(signal.SIGUSR2)
            time.sleep(seconds)
            running.process.send_signal(signal.SIGUSR2)
            running.process.terminate()
            running.process.wait(60)
        counts: dict[str, int] = json.loads((running.folder / "shares.json").read_text())
    total = max(sum(counts.values()), 1)
    return {work: count / total for work, count in counts.items()}


class Sampler:
    """Counts what the main thread is doing whenever the process has used some more processor time."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def prepare(self) -> None:
        """Sample from one signal USR2 to the next: how a server starts and ends is of no interest."""
        signal.signal(signal.SIGPROF, self._sample)
        signal.signal(signal.SIGUSR2, self._toggle)

    def _toggle(self, *_: object) -> None:
        every = 0.0 if signal.getitimer(signal.ITIMER_PROF)[1] else SAMPLE_S
        signal.setitimer(signal.ITIMER_PROF, every, every)

    def _sample(self, _: int, frame: FrameType | None) -> None:
        while frame is not None:
            code = frame.f_code
            work = DOORS.get(code.co_name)
            if work is not None and code.co_filename.rpartition("/")[2] in FILES:
                self.counts[work] += 1
                return
            frame = frame.f_back
        self.counts[ELSEWHERE] += 1


def _sampled() -> None:
    sampler = Sampler()
    folder = next(Path(after) for before, after in pairwise(sys.argv) if before == "--data")
    atexit.register(lambda: (folder / "shares.json").write_text(json.dumps(sampler.counts)))
    sampler.prepare()
    main()


if __name__ == "__main__":
    _sampled()
