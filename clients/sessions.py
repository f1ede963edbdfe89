"""Sessions over HTTP: open one, look at it, fetch its report.

Blocking: from a coroutine call these through ``asyncio.to_thread``.
"""

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from clients.errors import ClientError, ProtocolError, Refusal, RefusedError

__all__ = ["OpenSession", "Sessions"]

#: A session is opened in milliseconds; a report of an hour is computed in a second.
TIMEOUT_S: Final = 30.0

#: A replay of an hour has some 36,000 rows; nothing the API answers is larger than this.
MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that trainees can join by ``code``."""

    id: str
    code: str


class Sessions:
    """The server's HTTP interface at ``url``, with the console ``key`` or a trainee's code."""

    def __init__(self, url: str, key: str) -> None:
        """Take the server's address, such as ``http://127.0.0.1:8000``; nothing is asked yet."""
        self._url = urlsplit(url)
        self._key = key

    def open(self, scenario: str, *, pseudonym: str | None = None, locale: str | None = None) -> OpenSession:
        """Open a session of ``scenario``, in one of its languages."""
        given = {"scenario": scenario, "pseudonym": pseudonym, "locale": locale}
        body = {key: value for key, value in given.items() if value is not None}
        answer = self._ask("POST", "/api/sessions", body)
        return OpenSession(_text(answer, "id"), _text(answer, "code"))

    def show(self, session: str) -> Mapping[str, object]:
        """Return one session: phase, code, scenario, times."""
        return self._ask("GET", f"/api/sessions/{quote(session, safe='')}")

    def report(self, session: str) -> Mapping[str, object] | None:
        """Return the graded report, or None while it is pending."""
        status, answer = self._exchange("GET", f"/api/sessions/{quote(session, safe='')}/report")
        return None if status == http.HTTPStatus.ACCEPTED else answer

    def health(self) -> Mapping[str, object]:
        """Return the status of server, database and recording."""
        return self._ask("GET", "/api/health")

    def _ask(self, method: str, path: str, body: Mapping[str, str] | None = None) -> Mapping[str, object]:
        return self._exchange(method, path, body)[1]

    def _exchange(
        self, method: str, path: str, body: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, object]]:
        connection = self._connect()
        try:
            headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
            connection.request(method, self._url.path.rstrip("/") + path, json.dumps(body or {}), headers)
            # The connection gives its socket away to an answer without a length.
            with connection.getresponse() as response:
                text = response.read(MAX_ANSWER_BYTES)
        except OSError as error:
            raise ClientError(f"{method} {path}: no answer from {self._url.netloc}: {error}") from error
        finally:
            connection.close()
        if response.status >= http.HTTPStatus.BAD_REQUEST:
            raise RefusedError(f"{method} {path}", _refusal(response.status, text))
        return response.status, _object(text)

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme in ("https", "wss"):
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=context)
        return http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)


def _object(text: bytes) -> Mapping[str, object]:
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ProtocolError(f"the HTTP answer is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise ProtocolError(f"the HTTP answer is not an object but {type(data).__name__}")
    return data


def _refusal(status: int, text: bytes) -> Refusal:
    try:
        data = _object(text)
    except ProtocolError:
        data = {}
    message = str(data.get("message") or data.get("detail") or text[:200].decode(errors="replace"))
    retry = data.get("retry") is True or status >= http.HTTPStatus.INTERNAL_SERVER_ERROR
    return Refusal(str(data.get("code") or f"http_{status}"), message, retry)


def _text(data: Mapping[str, object], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str):
        raise ProtocolError(f"the HTTP answer's {key} must be a string, not {value!r}")
    return value
