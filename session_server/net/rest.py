"""The HTTP interface: sessions, their reports and playback, and the server's health."""

import logging
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

import session_server
from session_server.core.errors import Refusal
from session_server.core.phases import Phase
from session_server.net import metrics
from session_server.net.desk import Desk
from session_server.net.disk import Space
from session_server.net.house import House
from session_server.net.reader import Reader
from session_server.net.room import Room
from session_server.net.settings import Settings
from session_server.net.upkeep import Upkeep
from session_server.store import archive
from telemetry.sessions import SessionRow

#: The HTTP status of a refusal; what is not here is the client's fault in general.
STATUS = {
    "unknown_session": 404, "unknown_name": 404, "bad_key": 401, "forbidden": 403, "rate_limited": 429,
    "storage_full": 507,
}  # fmt: skip


log = logging.getLogger(__name__)


class OpenSession(BaseModel):
    """What to open. ``pseudonym`` stands for the trainee in the record; never a name.

    ``locale`` is one of the scenario's languages; without it, the one it was written in.
    """

    model_config = ConfigDict(extra="forbid")
    scenario: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[\w-]+$")]
    pseudonym: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[\w .-]+$")] = "trainee"
    locale: Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z0-9-]+$")] | None = None


def _coded(status: int, code: str, message: str, *, retry: bool = False, **details: object) -> JSONResponse:
    """Answer as the wire does. What came from outside may hold half a surrogate pair, which UTF-8 cannot."""
    told = message.encode("utf-8", "replace").decode()
    return JSONResponse({"code": code, "message": told[:500], "retry": retry, **details}, status)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)  # noqa: S101 - registered for this type only
    request.app.state.house.counts.refused[error.code] += 1
    status = STATUS.get(error.code, 400)
    return _coded(status, error.code, error.message, retry=error.retry, **error.details)


async def _unavailable(_: Request, error: Exception) -> JSONResponse:
    log.warning("%s", error)
    return _coded(503, "unavailable", "the database does not answer at present; sessions go on", retry=True)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - likewise
    told = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()[:5]]
    return _coded(422, "malformed", "; ".join(told))


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - likewise
    return _coded(error.status_code, "too_large" if error.status_code == 413 else "malformed", str(error.detail))


HANDLERS = {
    Refusal: _refused, archive.UnavailableError: _unavailable, RequestValidationError: _invalid, HTTPException: _http,
}  # fmt: skip


class Api:
    """The routes of one server."""

    def __init__(self, house: House, desk: Desk, settings: Settings, past: Reader, upkeep: Upkeep) -> None:
        self._house = house
        self._desk = desk
        self._settings = settings
        self._ask, self._ask_soon = past.ask, past.soon
        self._upkeep = upkeep
        self.router = APIRouter(prefix="/api")
        #: Beside ``/api``, where monitoring looks for it.
        self.metrics = APIRouter()
        self.metrics.add_api_route("/metrics", self.figures, methods=["GET"], response_class=PlainTextResponse)
        instructor = [Depends(self._instructor)]
        reader = [Depends(self._reader)]
        self.router.add_api_route("/health", self.health, methods=["GET"])
        self.router.add_api_route("/scenarios", self.scenarios, methods=["GET"], dependencies=instructor)
        self.router.add_api_route("/sessions", self.list, methods=["GET"], dependencies=instructor)
        self.router.add_api_route("/sessions", self.open, methods=["POST"], dependencies=instructor, status_code=201)
        self.router.add_api_route("/sessions/{session}", self.show, methods=["GET"], dependencies=instructor)
        self.router.add_api_route("/sessions/{session}/report", self.report, methods=["GET"], dependencies=reader)
        self.router.add_api_route("/sessions/{session}/replay", self.replay, methods=["GET"], dependencies=reader)

    # --- who -------------------------------------------------------------------------------------------------------

    def _allowed(self, request: Request, authorization: str | None, session: UUID | None) -> None:
        scheme, _, bearer = (authorization or "").partition(" ")
        address = request.client.host if request.client else "?"
        if scheme.lower() != "bearer" or not bearer:
            raise Refusal("bad_key", "this needs an Authorization header: Bearer and the console key")
        if not self._house.may_read(bearer.strip(), session, address):
            raise Refusal("bad_key", "the key or code is wrong for this; it is part of the link that was handed out")

    async def _instructor(self, request: Request, authorization: Annotated[str | None, Header()] = None) -> None:
        self._allowed(request, authorization, None)

    async def _reader(
        self, request: Request, session: UUID, authorization: Annotated[str | None, Header()] = None
    ) -> None:
        self._allowed(request, authorization, session)

    # --- what ------------------------------------------------------------------------------------------------------

    async def health(self) -> dict[str, object]:
        """Whether the server runs, on which database, and whether the record is kept and stored.

        Answers at once whatever the disk and the database do: it only tells what is known already. Anybody may ask, so
        it tells no addresses and no paths; the log and ``talkdown db status`` do.
        """
        recording, drain, disk = self._desk.recording(), self._desk.drain(), self._house.disk
        problems = {
            "disk_failing": recording.failing is not None,
            "disk_low": disk.space is not Space.ENOUGH,
            "database_not_reached": not self._upkeep.ready,
            "not_storing": recording.state != "storing",
        }
        at_start = sum(place.size for place in self._house.damage)
        return {
            "status": "degraded" if any(problems.values()) else "ok", "software": session_server.__version__,
            "database": self._upkeep.description, "problems": [name for name, is_so in problems.items() if is_so],
            "recording": {
                "state": recording.state, "behind_s": recording.behind_s, "full": recording.full,
                "failures": self._house.recorder.counts.failures,
            },
            "disk": {"space": disk.space, "free_bytes": disk.free},
            "damage": {"places": drain.damage_places, "bytes": drain.damage_bytes, "bytes_at_start": at_start},
            "sessions": len(self._house.rooms),
        }  # fmt: skip

    async def figures(self, request: Request, authorization: Annotated[str | None, Header()] = None) -> Response:
        """The server's figures for monitoring, in Prometheus's text format."""
        # Another origin is that of a proxy's pages; not every proxy shows itself in what it passes on.
        if self._settings.origins or not metrics.from_here(request):
            self._allowed(request, authorization, None)
        return Response(metrics.render(self._house, self._desk), media_type=metrics.CONTENT_TYPE)

    async def scenarios(self) -> list[dict[str, object]]:
        """What can be opened."""
        shelf = self._house.shelf.scenarios.values()
        faults = self._house.shelf.faults
        return [
            {"id": one.id, "title": one.title, "reviewed": bool(one.reviewed_by),
             "locales": [one.locale, *one.locales], "sha256": one.sha256, "faults": list(faults.get(one.id, ()))}
            for one in shelf
        ]  # fmt: skip

    async def list(self) -> dict[str, object]:
        """All sessions, live ones first, then the stored ones, newest first.

        Live ones need no database and do not wait for one: ``unlisted`` then says why the stored ones are missing.
        """
        live = [self._live(room) for room in self._house.rooms.values()]
        seen = set(self._house.rooms)
        try:
            stored, unlisted = await self._ask_soon(archive.past_sessions, self._settings.database_url), None
        except archive.UnavailableError as error:
            log.warning("past sessions cannot be listed: %s", error)
            stored, unlisted = [], "past sessions cannot be listed now, for the database does not answer"
        past = [self._past(one) for one in stored if one.id not in seen]
        live.sort(key=lambda one: str(one["opened_at"]), reverse=True)
        return {"sessions": [*live, *past], "unlisted": unlisted}

    async def open(self, wanted: Annotated[OpenSession, Body()]) -> dict[str, object]:
        """Open a session."""
        faults = await self._house.refreshed(wanted.scenario)
        room = self._house.open(wanted.scenario, pseudonym=wanted.pseudonym, locale=wanted.locale)
        await self._house.recorder.durable()
        return self._live(room) | {"faults": list(faults)}

    async def show(self, session: UUID) -> dict[str, object]:
        """One session."""
        room = self._house.rooms.get(session)
        if room is not None:
            return self._live(room) | {"version": await self._version(room)}
        stored = await self._ask(archive.past_session, self._settings.database_url, session)
        if stored is None:
            raise Refusal("unknown_session", f"no session has the id {session}")
        return self._past(stored)

    async def report(self, session: UUID) -> JSONResponse:
        """The graded report; 202 while it is not there yet."""
        room = self._house.rooms.get(session)
        if room is not None and room.session.phase is not Phase.CLOSED:
            return JSONResponse({"status": "pending", "phase": room.session.phase}, 202)
        if room is not None and room.session.fold.grade and room.session.fold.grade[0] != "ready":
            return _coded(500, "internal", room.session.fold.grade[1] or "the session could not be graded")
        report = await self._ask(archive.report_of, self._settings.database_url, session)
        if report is None:
            raise Refusal("unknown_session", f"no report is stored for session {session}")
        return JSONResponse(report)

    async def replay(self, session: UUID) -> Response:
        """The session as arrays for the stage."""
        room = self._house.rooms.get(session)
        if room is not None and room.session.phase is not Phase.CLOSED:
            return JSONResponse({"status": "pending", "phase": room.session.phase}, 202)
        stored = await self._ask(archive.past_session, self._settings.database_url, session)
        if stored is None:
            raise Refusal("unknown_session", f"no session {session} is stored")
        text = await self._desk.playback(session, self._house.shelf.paths.get(stored.scenario))
        return Response(text, media_type="application/json")

    async def _version(self, room: Room) -> dict[str, object]:
        """Which version of its scenario a session is in, and whether there is a newer one."""
        scenario = room.session.fold.scenario
        try:
            faults = await self._house.refreshed(scenario.id)
        except Refusal:  # it is offered no more
            return {"sha256": scenario.sha256, "newer": False, "faults": []}
        newest = self._house.shelf[scenario.id].sha256
        return {"sha256": scenario.sha256, "newer": newest != scenario.sha256, "faults": list(faults)}

    def _live(self, room: Room) -> dict[str, object]:
        fold = room.session.fold
        return {
            "id": str(room.session.id), "scenario": fold.scenario.id, "title": fold.scenario.title,
            "phase": str(fold.phase), "attempt": fold.attempt, "opened_at": str(fold.opening["opened_at"]),
            "pseudonym": str(fold.opening["pseudonym"]), "live": fold.phase is not Phase.CLOSED,
            "code": self._house.code(room.session.id), "trainee_present": "trainee" in fold.present,
            "t": round(room.now(), 1), "ms": fold.engine.ms, "total": None,
            "grade": None if fold.grade is None else fold.grade[0],
        }  # fmt: skip

    def _past(self, one: SessionRow) -> dict[str, object]:
        return {
            "id": str(one.id), "scenario": one.scenario, "title": self._title(one.scenario), "phase": one.phase,
            "opened_at": one.opened_at.isoformat(), "pseudonym": one.pseudonym, "live": False, "code": None,
            "total": one.total, "grade": one.status,
        }  # fmt: skip

    def _title(self, scenario: str) -> str:
        known = self._house.shelf.scenarios.get(scenario)
        return known.title if known else scenario
