"""The moments a session can be rewound to, each with the engine's whole state."""

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from scenario_assets.language import Scenario
from scenario_assets.runtime import Engine
from session_server.core.messages import CheckpointState, PlayPush

Why = Literal["start", "branch", "mark", "flag"]

#: Kept at once: more nobody looks through. A state is packed to some 2 kB.
KEPT: Final = 24
#: What goes first when there are more: the oldest of the first kind there is. The start and the newest always stay.
EXPENDABLE: Final[tuple[Why, ...]] = ("branch", "mark", "flag")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One moment. ``event`` is the journal's number of what made it worth keeping.

    ``seq``: of the events of its attempt, those below led here. ``playing``: what stations showed, by region.
    """

    checkpoint: int
    attempt: int
    event: int
    seq: int
    t: float
    ms: int
    why: Why
    node: str
    label: str
    scenario: Scenario
    packed: bytes
    playing: Mapping[str, PlayPush]

    def engine(self) -> Engine:
        """Return an engine that stands where the session's stood at this moment."""
        return Engine.load(self.scenario, json.loads(zlib.decompress(self.packed)))

    def state(self) -> CheckpointState:
        """Return what instructors are told of it."""
        return CheckpointState(self.checkpoint, self.attempt, self.t, self.ms, self.why, self.node, self.label)


def pack(engine: Engine) -> bytes:
    """Return the engine's state in few bytes."""
    return zlib.compress(json.dumps(engine.dump(), separators=(",", ":")).encode(), 1)


class Checkpoints:
    """Those that are kept, the oldest first; all depends on the session's inputs alone."""

    def __init__(self) -> None:
        self._kept: dict[int, Checkpoint] = {}
        self._next = 0

    def __iter__(self) -> Iterator[int]:
        """Their numbers."""
        return iter(self._kept)

    def __contains__(self, checkpoint: object) -> bool:
        """Whether one with this number is kept."""
        return checkpoint in self._kept

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._kept)

    def __getitem__(self, checkpoint: int) -> Checkpoint:
        """The one with this number; ``KeyError`` where it is not kept."""
        return self._kept[checkpoint]

    def take(
        self, engine: Engine, *, attempt: int, event: int, seq: int, t: float, why: Why, node: str, label: str,
        playing: Mapping[str, PlayPush],
    ) -> None:  # fmt: skip
        """Keep this moment, and let an older one go where there are too many.

        It replaces the one before if scenario time has not gone on since: there is one way back to each time.
        """
        last = next(reversed(self._kept.values()), None)
        if last is not None and last.why != "start" and (last.attempt, last.ms) == (attempt, engine.ms):
            del self._kept[last.checkpoint]
        self._kept[self._next] = Checkpoint(
            self._next, attempt, event, seq, t, engine.ms, why, node, label, engine.scenario, pack(engine),
            dict(playing),
        )  # fmt: skip
        self._next += 1
        if len(self._kept) > KEPT:
            del self._kept[self._expendable()]

    def relabel(self, event: int, label: str) -> bool:
        """Call the moment of this event so; whether there is one."""
        for number, checkpoint in self._kept.items():
            if checkpoint.event == event:
                self._kept[number] = replace(checkpoint, label=label)
                return True
        return False

    def states(self) -> tuple[CheckpointState, ...]:
        """Return what instructors are told."""
        return tuple(checkpoint.state() for checkpoint in self._kept.values())

    def _expendable(self) -> int:
        """Which goes: never the newest, or nothing new would be kept beside many flags."""
        older = list(self._kept.values())[:-1]
        for kind in EXPENDABLE:
            for checkpoint in older:
                if checkpoint.why == kind:
                    return checkpoint.checkpoint
        raise AssertionError("a session starts once, so there is always something else")
