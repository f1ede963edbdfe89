"""The pages, their modules and the scenarios' media, served as files under a strict content security policy."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import clients
from session_server.net.scenarios import Shelf

WEB: Final = Path(clients.__file__).parent / "web"
PAGES: Final = {"station": "station", "instructor": "instructor", "report": "replay"}

#: Everything comes from this server; nothing inline, nothing framed, no referrer that could carry a fragment's page.
HEADERS: Final = {
    b"content-security-policy": (
        b"default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
        b"connect-src 'self' ws: wss:; worker-src 'self' blob:; object-src 'none'; base-uri 'none'; "
        b"form-action 'none'; frame-ancestors 'none'"
    ),
    b"permissions-policy": b"microphone=(self), xr-spatial-tracking=(self), camera=()",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"cache-control": b"no-cache",
}


class SecurityHeaders:
    """Adds ``HEADERS`` to every HTTP response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on everything, with the headers added."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                if scope["path"].startswith("/api"):
                    # Stations are shared: what one trainee read must not be in the next one's browser.
                    message["headers"] = [*message["headers"], (b"cache-control", b"no-store")]
                present = {name for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"], *((name, value) for name, value in HEADERS.items() if name not in present)
                ]  # fmt: skip
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


def page(path: Path) -> Callable[[Request], Awaitable[Response]]:
    """Return the handler that serves one file."""

    async def serve(_: Request) -> Response:
        return FileResponse(path)

    return serve


def add_pages(app: FastAPI, shelf: Shelf) -> None:
    """Serve the pages at their names, ``/web`` with their modules, and ``/media/<scenario>``."""
    for name, folder in PAGES.items():
        app.add_route(f"/{name}", page(WEB / folder / "index.html"), include_in_schema=False)
    app.add_route("/", page(WEB / PAGES["station"] / "index.html"), include_in_schema=False)
    app.mount("/web", StaticFiles(directory=WEB), name="web")
    for name in shelf.scenarios:
        app.mount(f"/media/{name}", StaticFiles(directory=shelf.media(name), check_dir=False), name=f"media-{name}")
