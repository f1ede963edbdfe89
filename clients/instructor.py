"""An instructor's console without a person: watches one session, steers it and ends it."""

import random
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Final, Self

from clients.connection import Connection
from clients.errors import ProtocolError
from clients.messages import (
    Attempt,
    Checkpoint,
    Checkpoints,
    Event,
    Grade,
    Live,
    Phase,
    Push,
    Scenario,
    Stage,
    Way,
    Ways,
    Welcome,
)
from clients.wire import Hello

__all__ = ["Instructor"]

#: An hour's session journals some thousands of events; a console that runs for weeks forgets the oldest.
EVENTS_KEPT: Final = 100_000


class Instructor:
    """One console on one session, as an async context manager; ``key`` is the console key."""

    def __init__(
        self,
        url: str,
        key: str,
        session: str,
        *,
        on_push: Callable[[Push], None] | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        hello = Hello(
            role="instructor",
            key=key,
            session=session,
            run=str(uuid.uuid4()),
            name="talkdown-instructor-bot",
            streams={},
        )
        self.connection = Connection(
            url, hello, on_push=self._pushed, on_joined=self._joined, jitter=jitter
        )
        self.phase = ""
        self.attempt = 1
        #: What this role may know of the scenario.
        self.scenario: Mapping[str, object] = {}
        #: What could happen next, by region.
        self.ways: Mapping[str, tuple[Way, ...]] = {}
        #: The moments that can be gone back to, the oldest first.
        self.checkpoints: tuple[Checkpoint, ...] = ()
        self.live: Live | None = None
        self.stage: Stage | None = None
        self.grade: Grade | None = None
        #: Every event as journalled; after a reconnect each is still here once.
        self.events: deque[Event] = deque(maxlen=EVENTS_KEPT)
        self._next_event = 0
        self._on_push = on_push

    async def __aenter__(self) -> Self:
        """Connect and join."""
        await self.connection.__aenter__()
        try:
            await self.connection.joined()
        except BaseException:
            await self.connection.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close; the session goes on."""
        await self.connection.close()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until ``condition`` holds, looked at after every message of the server."""
        await self.connection.until(condition)

    async def begin(self) -> None:
        """Start the scenario."""
        await self.connection.request("begin")

    async def mark(self, kind: str) -> int:
        """Say what kind of thing the trainee just said; returns the event's number."""
        return await self._event("mark", kind=kind)

    async def inject(self, inject: str) -> int:
        """Make one of the scenario's prepared things happen; returns the event's number."""
        return await self._event("inject", inject=inject)

    async def flag(self, note: str = "") -> int:
        """Flag this moment for the debrief; returns the event's number."""
        return await self._event("flag", note=note)

    async def goto(self, region: str, node: str) -> int:
        """Send a region to one of its nodes; returns the event's number."""
        return await self._event("goto", region=region, node=node)

    async def nudge(self, state: str, by: float) -> int:
        """Change a continuous state at once; returns the event's number."""
        return await self._event("nudge", state=state, by=by)

    async def hold(self, rule: str, *, on: bool) -> int:
        """Keep a rule from firing, or let it go; returns the event's number."""
        return await self._event("hold", rule=rule, on=on)

    async def rewind(self, checkpoint: int) -> int:
        """Go back to a checkpoint, and stand there in the next attempt; returns the event's number."""
        return await self._event("rewind", checkpoint=checkpoint)

    async def reload(self) -> int:
        """Go on in the newest version of the scenario; returns the event's number."""
        return await self._event("reload")

    async def freeze(self) -> None:
        """Stop scenario time."""
        await self.connection.request("freeze")

    async def resume(self) -> None:
        """Let scenario time go on."""
        await self.connection.request("resume")

    async def end(self) -> None:
        """End the session; it is graded up to here."""
        await self.connection.request("end")

    def happened(self, kind: str) -> list[Event]:
        """Return the events of one kind so far, oldest first."""
        return [event for event in self.events if event.kind == kind]

    async def _event(self, request: str, **fields: object) -> int:
        answer = await self.connection.request(request, **fields)
        event = answer.get("event")
        if not isinstance(event, int):
            raise ProtocolError(f"{request} was answered without an event: {answer}")
        return event

    def _joined(self, welcome: Welcome) -> None:
        self.phase = welcome.phase
        self.attempt = welcome.attempt
        self.scenario = welcome.scenario

    def _pushed(self, push: Push) -> None:
        match push:
            case Live():
                self.live = push
            case Stage():
                self.stage = push
            case Phase():
                self.phase = push.phase
            case Event() if push.seq >= self._next_event:
                self.events.append(push)
                self._next_event = push.seq + 1
            case Attempt():
                self.attempt = push.attempt
            case Scenario():
                self.scenario = push.scenario
            case Checkpoints():
                self.checkpoints = push.checkpoints
            case Ways():
                self.ways = push.regions
            case Grade():
                self.grade = push
            case _:
                pass
        if self._on_push is not None:
            self._on_push(push)
