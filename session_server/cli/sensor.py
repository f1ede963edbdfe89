"""``talkdown sensor``: the values of a declared sensor, from standard input to a session."""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import Annotated, Final, TextIO

import typer

from clients.errors import ClientError
from clients.sensor import Fed, feed
from session_server.cli.terminal import console, progress
from session_server.net.settings import DEFAULT_PORT

#: Lines read ahead; a sensor's program that writes faster than they are sent waits.
AHEAD: Final = 1000


def sensor(
    name: Annotated[str, typer.Argument(help="The sensor, as sensors.toml names it.")],
    code: Annotated[str, typer.Option(help="The session's code, such as WDJB-MJHT.")],
    url: Annotated[str, typer.Option(help="The server.")] = f"http://127.0.0.1:{DEFAULT_PORT}",
) -> None:
    """Send a sensor's values from standard input: a number on each line, as they are measured.

    A second number is the time of the measurement, in ms on this machine's monotonic clock (CLOCK_MONOTONIC). Values
    are taken once the trainee has agreed to this sensor, until the session is over. Exit status 1 where the server
    takes none, or some were not acknowledged.
    """
    try:
        # A byte that is no text makes its line unreadable, and no other.
        with open(sys.stdin.fileno(), errors="replace", closefd=False) as stdin:
            fed = asyncio.run(_feed(url, code, name, stdin))
    except ClientError as error:
        print(f"talkdown: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    told = (f"{fed.rows_sent} sent", f"{fed.rows_acked} stored safely", f"{fed.early} before the trainee had agreed",
            f"{fed.unread} unreadable")  # fmt: skip
    console.print(", ".join(told), markup=False)
    raise typer.Exit(1 if fed.rows_acked < fed.rows_sent else 0)


async def _feed(url: str, code: str, name: str, stream: TextIO) -> Fed:
    return await feed(url, code, name, lines_of(stream), tell=progress)


async def lines_of(stream: TextIO) -> AsyncIterator[str]:
    """Read a stream line by line in a thread of its own, which does not hold up the program's end."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue(AHEAD)

    def read() -> None:
        # Whichever of these it is: the session was over first, and nobody waits for lines any more.
        with suppress(RuntimeError, CancelledError):
            for line in stream:
                asyncio.run_coroutine_threadsafe(lines.put(line), loop).result()
            asyncio.run_coroutine_threadsafe(lines.put(None), loop).result()

    threading.Thread(target=read, name="stdin", daemon=True).start()
    while (line := await lines.get()) is not None:
        yield line
