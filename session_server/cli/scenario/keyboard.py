"""Single keys from a terminal, as they are pressed; the terminal is left as it was found."""

import os
import select
import signal
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

#: What terminals send for keys without a letter, and what they are called here.
_SEQUENCES: Final = {b"\x1b[A": "up", b"\x1b[B": "down", b"\x1bOA": "up", b"\x1bOB": "down", b"\r": "\n"}
#: No key sends more bytes than this; what waits beyond it is read the next time.
_LONGEST: Final = 8


class Keyboard:
    """Reads from a file descriptor of a terminal that hands out keys at once."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._waiting: list[str] = []

    def read(self, seconds: float | None) -> str | None:
        """Return the next key within this time (for ever without one), or None; EOFError when the terminal is gone."""
        if not self._waiting:
            ready, _, _ = select.select([self._descriptor], [], [], seconds)
            if ready:
                self._take(os.read(self._descriptor, _LONGEST))
        return self._waiting.pop(0) if self._waiting else None

    def _take(self, data: bytes) -> None:
        if not data:
            raise EOFError("the terminal is closed")
        if data in _SEQUENCES:
            self._waiting.append(_SEQUENCES[data])
        elif not data.startswith(b"\x1b"):  # other keys without a letter mean nothing here
            self._waiting.extend(data.decode("utf-8", "ignore"))


@contextmanager
def keyboard() -> Iterator[Keyboard]:
    """Hand out keys at once and unseen; Ctrl-C and SIGTERM raise KeyboardInterrupt, Ctrl-Z does nothing."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor)
    settings = termios.tcgetattr(descriptor)
    settings[6][termios.VSUSP] = b"\0"  # suspended, the shell would get a terminal without a cursor
    termios.tcsetattr(descriptor, termios.TCSANOW, settings)
    terminated = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield Keyboard(descriptor)
    finally:
        signal.signal(signal.SIGTERM, terminated)
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
