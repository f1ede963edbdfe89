"""Sessions over HTTP, against a plain HTTP server that answers as PROTOCOL.md says."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from clients.errors import ClientError, ProtocolError, RefusedError
from clients.sessions import OpenSession, Sessions


class Answers(HTTPServer):
    """Answers every request with the next of ``answers`` and remembers what was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[tuple[int, bytes]] = []
        self.asked: list[tuple[str, str, str | None, bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Answers

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, self.headers["Authorization"], body))
        status, answer = self.server.answers.pop(0)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET  # noqa: N815 - likewise

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Answers]:
    with Answers() as answers:
        thread = threading.Thread(target=answers.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield answers
        answers.shutdown()
        thread.join()


def test_a_session_is_opened_with_the_console_key(server: Answers) -> None:
    server.answers = [(201, b'{"id":"5e5510","code":"WDJB-MJHT","phase":"lobby"}')]
    opened = Sessions(server.url, "key").open("bus-shelter", pseudonym="P 7")
    assert opened == OpenSession("5e5510", "WDJB-MJHT")
    ((method, path, authorization, body),) = server.asked
    assert (method, path, authorization) == ("POST", "/api/sessions", "Bearer key")
    assert json.loads(body) == {"scenario": "bus-shelter", "pseudonym": "P 7"}


def test_a_report_is_none_until_it_is_there(server: Answers) -> None:
    server.answers = [(202, b'{"status":"pending"}'), (200, b'{"grade":{"total":71.5}}')]
    sessions = Sessions(server.url, "key")
    assert sessions.report("5e/55") is None
    assert sessions.report("5e/55") == {"grade": {"total": 71.5}}
    assert server.asked[0][1] == "/api/sessions/5e%2F55/report"


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (404, b'{"code":"unknown_name","message":"no such scenario","retry":false}', "unknown_name: no such"),
        (401, b'{"code":"bad_key","message":"the key is wrong","retry":false}', "bad_key: the key is wrong"),
        (502, b"<html>Bad gateway", "http_502: <html>Bad gateway"),
    ],
)
def test_a_refusal_carries_its_code(server: Answers, status: int, body: bytes, told: str) -> None:
    server.answers = [(status, body)]
    with pytest.raises(RefusedError, match=f"POST /api/sessions refused: {told}") as caught:
        Sessions(server.url, "key").open("nowhere")
    assert caught.value.refusal.retry == (status >= 500)


@pytest.mark.parametrize("body", [b"[]", b"nonsense", b'{"id":5,"code":"x"}'])
def test_an_answer_that_is_no_session_is_the_server_s_fault(server: Answers, body: bytes) -> None:
    server.answers = [(201, body)]
    with pytest.raises(ProtocolError):
        Sessions(server.url, "key").open("bus-shelter")


def test_a_server_that_is_not_there_is_named(server: Answers) -> None:
    url = server.url
    server.server_close()
    with pytest.raises(ClientError, match=f"no answer from {url[7:]}"):
        Sessions(url, "key").health()
