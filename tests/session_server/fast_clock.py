"""Time that runs faster, for a server and its clients in one event loop: minutes of a session in seconds.

Everything is real but the pace: sockets, journal, database. What a computer takes for a step counts ``rate``
times as much, so that a rate is honest only while the machine keeps up.
"""

import asyncio
import selectors
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Waits for as much less as time runs faster."""

    rate = 1.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(timeout if timeout is None else timeout / self.rate)


@contextmanager
def _faster(rate: float) -> Iterator[None]:
    real = time.monotonic
    began = real()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "monotonic", lambda: began + (real() - began) * rate)
        yield


def run_fast(main: Coroutine[Any, Any, T], *, rate: float) -> T:
    """Run ``main`` in a loop of its own whose clock, like ``time.monotonic``, runs ``rate`` times as fast."""
    selector = _Selector()
    selector.rate = rate
    with _faster(rate), asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector)) as runner:
        return runner.run(main)
