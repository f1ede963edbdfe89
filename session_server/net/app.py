"""The ASGI application: rooms, recorder, drain and grader started and stopped together."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from fastapi import FastAPI, WebSocket

import session_server
from scoring import Profile
from session_server.net import recovery
from session_server.net.auth import load_key
from session_server.net.desk import Desk
from session_server.net.disk import Disk
from session_server.net.drain_process import DrainProcess
from session_server.net.house import House
from session_server.net.pages import SecurityHeaders, add_pages
from session_server.net.reader import Reader
from session_server.net.recorder import Recorder
from session_server.net.rest import HANDLERS, Api
from session_server.net.room import Room
from session_server.net.scenarios import Shelf
from session_server.net.settings import Settings
from session_server.net.upkeep import Upkeep
from session_server.net.websocket import Connection, origin_allowed
from session_server.store.versions import Versions
from telemetry.journal import JournalWriter

log = logging.getLogger(__name__)

#: Bodies are small JSON; a larger one is refused before it is parsed.
MAX_BODY_BYTES: Final = 16_384


def _died(task: "asyncio.Task[None]") -> None:
    """Without its recorder, ticker or drain a server only seems to run: better it ends and is started again."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.critical("the %s has failed and the server ends", task.get_name(), exc_info=error)
        os.kill(os.getpid(), signal.SIGTERM)


def create_app(settings: Settings, *scenarios: Path) -> FastAPI:
    """Return the application; everything it runs starts and ends with its lifespan.

    Its ``state`` has ``house``, ``desk`` and ``drain`` for an owner in the same process.
    """
    sensors = settings.sensors()
    shelf = Shelf.of(*scenarios, versions=Versions(settings.scenarios))
    recorder = Recorder(JournalWriter(settings.journal))
    disk = Disk(settings.journal, sessions=lambda: house.running(), reserve_bytes=settings.reserve_bytes)
    desk = Desk(settings, recorder, disk)
    drain = DrainProcess(settings.journal, settings.database_url)
    upkeep = Upkeep(settings.database_url, settings.database, ready=settings.ready)
    reader = Reader(lambda: upkeep.ready)

    def grade(room: Room) -> None:
        desk.grade(room, shelf.paths.get(room.session.fold.scenario.id))

    house = House(
        shelf, recorder, journal=settings.journal, key=load_key(settings.data / "console.key"),
        profile=Profile.load(settings.profile), recording=desk.recording, grade=grade, disk=disk,
        sensors=sensors,
    )  # fmt: skip

    async def store() -> None:
        await upkeep.run()
        await drain.run()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        desk.warm()
        await asyncio.to_thread(disk.look)
        found = await asyncio.to_thread(recovery.find, settings.journal, damage=house.damage)
        committing = asyncio.create_task(recorder.run(), name="recorder")
        for id, one in found.items():
            house.rebuild(id, one)
        ticking = asyncio.create_task(house.run(), name="ticker")
        draining = asyncio.create_task(store(), name="drain")
        looking = asyncio.create_task(disk.run(), name="disk watch")
        for task in (committing, ticking, draining, looking):
            task.add_done_callback(_died)
        yield
        ticking.cancel()
        looking.cancel()
        if not upkeep.ready:
            draining.cancel()
        for room in list(house.rooms.values()):
            room.disconnect(1012)
        await desk.close()
        recorder.close()
        await committing
        await drain.stop()
        for ended in await asyncio.gather(ticking, draining, looking, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended

    app = FastAPI(
        title="Talkdown", version=session_server.__version__, lifespan=lifespan, docs_url=None, redoc_url=None,
        max_body_size=MAX_BODY_BYTES,
    )
    app.state.house, app.state.desk, app.state.drain = house, desk, drain
    app.add_middleware(SecurityHeaders)
    for error, handler in HANDLERS.items():
        app.add_exception_handler(error, handler)
    api = Api(house, desk, settings, reader, upkeep)
    app.include_router(api.router)
    app.include_router(api.metrics)

    @app.websocket("/ws")
    async def endpoint(websocket: WebSocket) -> None:
        if not origin_allowed(websocket, settings.origins):
            await websocket.close(4003)
            return
        await Connection(websocket, house).run()

    add_pages(app, shelf)
    return app
