"""The load: many stations in one light process, each with a session of its own.

RFC 6455 is spoken by hand over asyncio's transports, because the load must not cost what it measures. Run by
`curve` and `floor` as a process of its own:

    python -m tests.bench.generator URL STATIONS [--key KEY --scenario ID [--frozen]]

Without a key it only sends frames, which is the load for the floor. It says ``{"ready": ...}`` once every station
sends, obeys ``measure``, ``report`` and ``stop`` on its standard input, and answers the last two with what it knows.
"""

import argparse
import asyncio
import http.client
import json
import resource
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import urlsplit
from uuid import uuid4

import uvloop

from tests.bench.rows import FRAME_S, RATES, Frames, seqs

#: Stations are spread over the 100 ms in slots of this length.
SLOT_S: Final = 0.002
#: Stations that join at the same time: a class comes in, not a stampede.
JOINING: Final = 20
#: Clock exchanges as PROTOCOL.md asks for them.
BURST, BURST_S, CLOCK_S = 8, 0.05, 2.0
#: How long what was sent may stay unacknowledged at the end before it counts as not acknowledged.
PATIENCE_S: Final = 20.0
ANSWER_S: Final = 60.0
UPGRADE: Final = (
    "GET /ws HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
ACK: Final = b'{"type":"ack"'
CLOCK: Final = b'{"type":"clock"'

Json = dict[str, object]


def text_message(text: str) -> bytes:
    """Return a masked text message with a key of zeros."""
    data = text.encode()
    size = len(data)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return b"\x81" + length + bytes(4) + data


class Client(asyncio.Protocol):
    """A WebSocket client by hand. Servers do not mask, and ours does not fragment."""

    def __init__(self, host: str, take: Callable[[bytes], None]) -> None:
        self.transport: asyncio.Transport
        self.open: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed: str | None = None
        self._host = host
        self._take = take
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's own class is none of asyncio's
        self.transport.write(UPGRADE.format(host=self._host).encode())

    def data_received(self, data: bytes) -> None:
        """Cut what came into messages."""
        if self._rest:
            data = self._rest + data
        at, size = 0, len(data)
        if not self.open.done():
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._rest = data
                return
            at = end + 4
            self.open.set_result(None)
        while size - at >= 2:
            length, start = data[at + 1], at + 2
            if length >= 126:
                wide = 2 if length == 126 else 8
                start += wide
                if size < start:
                    break
                length = int.from_bytes(data[start - wide : start], "big")
            if size < start + length:
                break
            opcode = data[at] & 0x0F
            if opcode == 1:
                self._take(data[start : start + length])
            elif opcode == 9:
                self.transport.write(bytes((0x8A, 0x80 | length)) + bytes(4) + data[start : start + length])
            elif opcode == 8:
                self.closed = f"close {int.from_bytes(data[start : start + 2], 'big')}"
            at = start + length
        self._rest = data[at:]

    def connection_lost(self, error: Exception | None) -> None:
        """Remember that it ended."""
        self.closed = self.closed or f"lost: {error}"


@dataclass(slots=True)
class Seen:
    """What the stations saw since the measurement began."""

    acks_ms: list[float] = field(default_factory=list)
    clocks_ms: list[float] = field(default_factory=list)
    frames: int = 0
    bytes: int = 0
    late_ms: float = 0.0
    errors: list[str] = field(default_factory=list)


class Station:
    """One trainee's station: joins, consents, begins, then only sends frames."""

    def __init__(self, seen: Seen, frames: Frames, session: str) -> None:
        self.seen = seen
        self.session = session
        self.tracks: dict[str, int] = dict.fromkeys(RATES, 1)
        self.sent = 0
        self.acked = 0
        self.client: Client
        self.role = "trainee"
        self._frames = frames
        self._loop = asyncio.get_running_loop()
        self._began_ms = 0.0
        self._waiting: deque[tuple[int, float]] = deque()
        self._answers: dict[int, asyncio.Future[Json]] = {}
        self._phase: dict[str, asyncio.Event] = {}
        self._ref = 0
        self._asked: tuple[int, float] | None = None
        self._previous: tuple[float, float] | None = None
        self._pose = 1

    async def connect(self, host: str, port: int) -> None:
        """Open the socket."""
        _, self.client = await self._loop.create_connection(lambda: Client(host, self.take), host, port)
        await self.client.open

    async def ask(self, kind: str, **fields: object) -> Json:
        """Send a request and return its answer; ``RuntimeError`` where it is refused."""
        self._ref += 1
        answer = self._answers[self._ref] = self._loop.create_future()
        self.client.transport.write(text_message(json.dumps({"type": kind, "ref": self._ref, **fields})))
        found: Json = await asyncio.wait_for(answer, ANSWER_S)
        if found["type"] == "error":
            raise RuntimeError(f"{kind}: {found}")
        return found

    async def join(self, code: str) -> None:
        """Take part until the scenario runs."""
        welcome = await self.ask(
            "hello", protocol=1, role="trainee", code=code, run=str(uuid4()),
            client={"name": "bench", "modality": "bot"}, streams=RATES,
        )  # fmt: skip
        tracks = welcome["tracks"]
        assert isinstance(tracks, list)
        self.tracks = {track["stream"]: track["track"] for track in tracks}
        self._pose = self.tracks["head_pose"]
        await self.ask("consent", content=True, microphone=True, settings=None)
        await self.ask("begin")
        for exchange in range(BURST):
            self._loop.call_later(exchange * BURST_S, self.compare_clocks)
        self._loop.call_later(BURST * BURST_S + CLOCK_S, self._keep_comparing)

    async def freeze(self, key: str) -> None:
        """As instructor: stop the scenario."""
        await self.ask(
            "hello", protocol=1, role="instructor", key=key, session=self.session, run=str(uuid4()),
            client={"name": "bench", "modality": "bot"}, streams={},
        )  # fmt: skip
        await self.ask("freeze")
        self.client.transport.close()

    def start(self) -> None:
        """The station's rows have begun 100 ms ago: a frame holds what was measured before it was sealed."""
        self._began_ms = (time.monotonic() - FRAME_S) * 1000

    def send(self) -> None:
        """Send the next frame."""
        now = time.monotonic()
        message = self._frames.message(self.sent, self.tracks, self._began_ms, now * 1000)
        self.client.transport.write(message)
        self._waiting.append((seqs("head_pose", self.sent)[1], now))
        self.sent += 1
        self.seen.frames += 1
        self.seen.bytes += len(message)

    def take(self, message: bytes) -> None:
        """Take one text message."""
        if message.startswith(ACK):
            now, waiting, acks = time.monotonic(), self._waiting, self.seen.acks_ms
            self.acked = json.loads(message)["tracks"].get(str(self._pose), self.acked)
            while waiting and waiting[0][0] <= self.acked:
                acks.append((now - waiting.popleft()[1]) * 1000)
        elif message.startswith(CLOCK):
            self._clock(json.loads(message))
        elif b'"ref":' in message:
            found = json.loads(message)
            answer = self._answers.pop(found.get("ref") or 0, None)
            if answer is not None:
                answer.set_result(found)
            elif found["type"] == "error" and len(self.seen.errors) < 5:
                self.seen.errors.append(f"{found['code']}: {found['message']}")

    def compare_clocks(self) -> None:
        """Send one exchange, with what came of the one before."""
        if self.client.closed:
            return
        self._ref += 1
        t0_ms = time.monotonic() * 1000
        self._asked = self._ref, t0_ms
        before = self._previous
        previous = "null" if before is None else f'{{"t0_ms":{before[0]},"t3_ms":{before[1]}}}'
        text = f'{{"type":"clock","ref":{self._ref},"t0_ms":{t0_ms},"previous":{previous}}}'
        self.client.transport.write(text_message(text))

    def _keep_comparing(self) -> None:
        self.compare_clocks()
        self._loop.call_later(CLOCK_S, self._keep_comparing)

    def _clock(self, answer: Json) -> None:
        if self._asked and self._asked[0] == answer["ref"]:
            now_ms = time.monotonic() * 1000
            self._previous = self._asked[1], now_ms
            self.seen.clocks_ms.append(now_ms - self._asked[1])


class Load:
    """All stations, and the raster on which they send."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "127.0.0.1", parts.port or 80
        self.seen = Seen()
        self.stations: list[Station] = []
        self._frames = Frames()
        self._sending = False

    async def bare(self, count: int) -> None:
        """Connect stations that only send, for the floor."""
        self.stations = [Station(self.seen, self._frames, "") for _ in range(count)]
        for station in self.stations:
            await station.connect(self.host, self.port)

    async def join(self, count: int, key: str, scenario: str, *, frozen: bool) -> None:
        """Open a session for each station and let it run; ``frozen`` stops every scenario again."""
        opened = await asyncio.to_thread(self._open_sessions, count, key, scenario)
        some = asyncio.Semaphore(JOINING)

        async def one(session: Mapping[str, str]) -> Station:
            async with some:
                station = Station(self.seen, self._frames, session["session"])
                await station.connect(self.host, self.port)
                await station.join(session["code"])
                if frozen:
                    instructor = Station(self.seen, self._frames, session["session"])
                    await instructor.connect(self.host, self.port)
                    await instructor.freeze(key)
                return station

        self.stations = list(await asyncio.gather(*map(one, opened)))

    def _open_sessions(self, count: int, key: str, scenario: str) -> list[dict[str, str]]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        opened = []
        for number in range(count):
            body = json.dumps({"scenario": scenario, "pseudonym": f"B-{number}"})
            connection.request("POST", "/api/sessions", body, headers)
            answer = connection.getresponse()
            found = json.loads(answer.read())
            if answer.status != 201:
                raise RuntimeError(f"no session: {found}")
            opened.append({"session": found["id"], "code": found["code"]})
        return opened

    async def run(self) -> None:
        """Send each station's frame every 100 ms, evenly spread, until stopped."""
        self._sending = True
        for station in self.stations:
            station.start()
        slots = round(FRAME_S / SLOT_S)
        due = [self.stations[slot::slots] for slot in range(slots)]
        began, slot = time.monotonic(), 0
        while self._sending:
            at = began + slot * SLOT_S
            if (wait := at - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            else:
                self.seen.late_ms = max(self.seen.late_ms, -wait * 1000)
                if slot % 8 == 0:
                    await asyncio.sleep(0)
            for station in due[slot % slots]:
                station.send()
            slot += 1

    async def stop(self) -> None:
        """Send no more, and wait for the last acknowledgements."""
        self._sending = False
        async with asyncio.timeout(PATIENCE_S):
            while any(one.acked < seqs("head_pose", one.sent)[0] for one in self.stations):  # noqa: ASYNC110 - counted
                await asyncio.sleep(0.05)

    def report(self) -> Json:
        """What was seen since the last ``measure``."""
        acks = sorted(self.seen.acks_ms)
        clocks = sorted(self.seen.clocks_ms)
        return {
            "frames": self.seen.frames, "bytes": self.seen.bytes, "acks": len(acks), "late_ms": self.seen.late_ms,
            "ack_ms": [quantile(acks, share) for share in (0.5, 0.95, 0.99, 1.0)],
            "clock_ms": [quantile(clocks, share) for share in (0.5, 0.99)], "clocks": len(clocks),
            "closed": [station.client.closed for station in self.stations if station.client.closed],
            "errors": self.seen.errors, "cpu_s": _cpu_s(),
        }  # fmt: skip

    def issued(self) -> list[Json]:
        """Every session with the rows that its station sent, and how many poses of them were acknowledged."""
        return [
            {"session": one.session, "frames": one.sent, "acked": one.acked, "tracks": one.tracks}
            for one in self.stations
        ]


def quantile(ascending: Sequence[float], share: float) -> float | None:
    """Return the value below which ``share`` of the values lie; ``None`` of none."""
    return ascending[min(round(share * len(ascending)), len(ascending) - 1)] if ascending else None


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _say(what: Json) -> None:
    print(json.dumps(what), flush=True)


async def _main(given: argparse.Namespace) -> None:
    load = Load(given.url)
    if given.key:
        await load.join(given.stations, given.key, given.scenario, frozen=given.frozen)
    else:
        await load.bare(given.stations)
    running = asyncio.create_task(load.run())
    _say({"ready": given.stations})
    loop = asyncio.get_running_loop()
    while word := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        if word == "measure":
            load.seen = Seen()
            for station in load.stations:
                station.seen = load.seen
            _say(load.report())
        elif word == "report":
            _say(load.report())
        elif word == "stop":
            told: Json = {}
            try:
                await load.stop() if given.key else None
            except TimeoutError:
                told = {"unacknowledged": True}
            _say(load.report() | {"issued": load.issued()} | told)
            break
    running.cancel()
    for station in load.stations:
        station.client.transport.close()


def main() -> None:
    """Run until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("stations", type=int)
    parser.add_argument("--key")
    parser.add_argument("--scenario")
    parser.add_argument("--frozen", action="store_true")
    uvloop.run(_main(parser.parse_args()))


if __name__ == "__main__":
    main()
