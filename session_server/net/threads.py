"""Blocking calls beside the event loop whose end nobody waits for when the server stops."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


async def apart(function: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> R:
    """Call ``function`` in a thread of its own and return what it returns.

    Unlike ``asyncio.to_thread`` a call that hangs holds up neither others nor the end of the process.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[R] = loop.create_future()

    def tell(result: R | None, error: Exception | None) -> None:
        if answer.done():  # nobody waits any more
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result, failure = None, None
        try:
            result = function(*arguments, **named)
        except Exception as error:
            failure = error
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(tell, result, failure)

    threading.Thread(target=run, name=getattr(function, "__name__", "apart"), daemon=True).start()
    return await answer
