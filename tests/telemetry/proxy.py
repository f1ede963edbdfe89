"""A way to the database that can be cut, or that swallows what passes, without the database's knowledge."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from psycopg.conninfo import conninfo_to_dict, make_conninfo


class Proxy:
    """Listens on a port of this machine. `questions` and `answers` pass while set; who waits is not told."""

    def __init__(self, conninfo: str) -> None:
        self._to = conninfo_to_dict(conninfo)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.conninfo = make_conninfo(conninfo, host="127.0.0.1", port=self._listener.getsockname()[1])
        self.questions, self.answers = threading.Event(), threading.Event()
        self.questions.set()
        self.answers.set()
        self.connections = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def strand(self) -> None:
        """Nothing passes any more on the connections there are, and neither end is told; new ones are whole."""
        self.questions.clear()
        self.answers.clear()
        self.questions, self.answers = threading.Event(), threading.Event()
        self.questions.set()
        self.answers.set()

    def close(self) -> None:
        """Let go of everything; what was held is lost."""
        for one in (self._listener, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self.connections += 1
                far = self._database()
                self._open += [near, far]
                for pair in ((near, far, self.questions), (far, near, self.answers)):
                    threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _database(self) -> socket.socket:
        host, port = str(self._to["host"]), str(self._to.get("port") or 5432)
        if not host.startswith("/"):
            return socket.create_connection((host, int(port)))
        far = socket.socket(socket.AF_UNIX)
        far.connect(f"{host}/.s.PGSQL.{port}")
        return far

    @staticmethod
    def _pass(source: socket.socket, to: socket.socket, may_pass: threading.Event) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                may_pass.wait()
                to.sendall(data)
        # Only what passes is told of an end: a half-open connection is what remains of a cut network.
        if may_pass.is_set():
            with suppress(OSError):
                to.shutdown(socket.SHUT_WR)


@contextmanager
def proxy(conninfo: str) -> Iterator[Proxy]:
    """A proxy to this database."""
    made = Proxy(conninfo)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def mute() -> Iterator[str]:
    """A server that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"postgresql://nobody@127.0.0.1:{listener.getsockname()[1]}/none"
