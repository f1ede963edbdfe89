"""The phases of a session and every way from one to the next; the state table of the whole server."""

from enum import StrEnum
from typing import Final


class Phase(StrEnum):
    """Where a session stands."""

    LOBBY = "lobby"
    BRIEFING = "briefing"
    RUNNING = "running"
    FROZEN = "frozen"
    DEBRIEF = "debrief"
    CLOSED = "closed"


#: (phase, what happens) -> next phase. What is not listed cannot happen.
TRANSITIONS: Final[dict[tuple[Phase, str], Phase]] = {
    (Phase.LOBBY, "consent"): Phase.BRIEFING,
    (Phase.BRIEFING, "consent"): Phase.BRIEFING,
    (Phase.BRIEFING, "begin"): Phase.RUNNING,
    (Phase.RUNNING, "freeze"): Phase.FROZEN,
    (Phase.FROZEN, "resume"): Phase.RUNNING,
    (Phase.RUNNING, "rewind"): Phase.FROZEN,
    (Phase.FROZEN, "rewind"): Phase.FROZEN,
    (Phase.RUNNING, "outcome"): Phase.DEBRIEF,
    (Phase.FROZEN, "outcome"): Phase.DEBRIEF,  # another version of the scenario may be over at once
    (Phase.LOBBY, "stop"): Phase.DEBRIEF,
    (Phase.BRIEFING, "stop"): Phase.DEBRIEF,
    (Phase.RUNNING, "stop"): Phase.DEBRIEF,
    (Phase.FROZEN, "stop"): Phase.DEBRIEF,
    (Phase.LOBBY, "end"): Phase.DEBRIEF,
    (Phase.BRIEFING, "end"): Phase.DEBRIEF,
    (Phase.RUNNING, "end"): Phase.DEBRIEF,
    (Phase.FROZEN, "end"): Phase.DEBRIEF,
    (Phase.DEBRIEF, "graded"): Phase.CLOSED,
}

ENDED: Final = frozenset({Phase.DEBRIEF, Phase.CLOSED})


def after(phase: Phase, happening: str) -> Phase:
    """Return the phase that ``happening`` leads to; ``KeyError`` where the table has no such way."""
    return TRANSITIONS[phase, happening]


def phases_for(happening: str) -> tuple[Phase, ...]:
    """Return the phases in which ``happening`` is possible."""
    return tuple(phase for phase, name in TRANSITIONS if name == happening)
