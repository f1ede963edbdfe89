"""Connections to the database that end, whatever the other side does.

A database can be away, refuse, or accept and never answer: a stopped process, a full disk under it, a network
that was cut. Nothing the server could be told (`statement_timeout`) helps against the last, and TCP's own
keepalives do not either while its kernel still answers. So each use has a time limit on this side: when it
has passed, the socket is shut down and the call that waits fails with `psycopg.OperationalError`.
"""

from __future__ import annotations

import contextlib
import math
import os
import socket
import threading
from collections.abc import Iterator

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

__all__ = ["CONNECT_TIMEOUT_S", "Cutter", "connected", "with_limits"]

# A database on the same network answers within this or is not there.
CONNECT_TIMEOUT_S = 5
# A peer that is gone without a word is noticed after IDLE + COUNT * INTERVAL seconds, on both sides: the
# operating system's two hours would leave a vanished drain's lock held for as long.
KEEPALIVE_IDLE_S, KEEPALIVE_INTERVAL_S, KEEPALIVE_COUNT = 10, 5, 3
# What was sent and is not acknowledged by the peer's kernel for this long is lost with the connection.
TCP_USER_TIMEOUT_MS = 20_000

_CLIENT_SIDE = {
    "connect_timeout": CONNECT_TIMEOUT_S,
    "keepalives": 1,
    "keepalives_idle": KEEPALIVE_IDLE_S,
    "keepalives_interval": KEEPALIVE_INTERVAL_S,
    "keepalives_count": KEEPALIVE_COUNT,
    "tcp_user_timeout": TCP_USER_TIMEOUT_MS,
}
_SERVER_SIDE = {
    "tcp_keepalives_idle": KEEPALIVE_IDLE_S,
    "tcp_keepalives_interval": KEEPALIVE_INTERVAL_S,
    "tcp_keepalives_count": KEEPALIVE_COUNT,
}


class Cutter:
    """Ends a connection from another thread, even while a call on it waits."""

    def __init__(self, connection: psycopg.Connection) -> None:
        # A descriptor of our own: the connection's may be closed, and its number given to another file.
        self._socket = socket.socket(fileno=os.dup(connection.fileno()))
        self._lock = threading.Lock()
        self._released = False
        self.cut = False
        """Whether it was this that ended the connection."""

    def __call__(self) -> None:
        """End the connection; the call that waits on it raises `psycopg.OperationalError`."""
        with self._lock:
            if self._released:
                return
            self.cut = True
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Let go; the caller's duty, once the connection is closed or no longer watched."""
        with self._lock:
            self._released = True
            self._socket.close()


def with_limits(conninfo: str, *, statement_timeout_ms: int = 0, application: str = "talkdown") -> str:
    """`conninfo` with limits on how long a connection may hang; what it says of them itself stands.

    `statement_timeout_ms` 0 means none; it is the database's own, for statements that merely take too long.
    """
    said = _said(conninfo)
    told = [f"-c {name}={value}" for name, value in _SERVER_SIDE.items()]
    if statement_timeout_ms:
        told.append(f"-c statement_timeout={statement_timeout_ms}")
    options = " ".join([*told, *([said["options"]] if "options" in said else [])])
    return make_conninfo(**{**_CLIENT_SIDE, "application_name": application, **said, "options": options})


def _said(conninfo: str) -> dict[str, str]:
    return {name: str(value) for name, value in conninfo_to_dict(conninfo).items() if value is not None}


@contextlib.contextmanager
def connected(
    conninfo: str, *, within_s: float, autocommit: bool = False, application: str = "talkdown"
) -> Iterator[psycopg.Connection]:
    """A connection for a block that is over in `within_s` seconds, else it is cut.

    As psycopg's own, it commits at the end of the block and is closed. Raises `psycopg.OperationalError`.
    """
    waited = {"connect_timeout": str(min(CONNECT_TIMEOUT_S, math.ceil(within_s)))}
    conninfo = make_conninfo(**(waited | _said(conninfo)))
    limited = with_limits(conninfo, statement_timeout_ms=round(within_s * 1000), application=application)
    with psycopg.connect(limited, autocommit=autocommit) as connection:
        cut = Cutter(connection)
        timer = threading.Timer(within_s, cut)
        timer.daemon = True
        timer.start()
        try:
            yield connection
            if not autocommit:
                connection.commit()
        except psycopg.OperationalError as error:
            if cut.cut:
                raise psycopg.OperationalError(f"no answer within {within_s:g} s: {error}".strip()) from error
            raise
        finally:
            timer.cancel()
            cut.release()
