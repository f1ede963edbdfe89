"""A session's row in the database: what its opening fills, and what later events change in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

from telemetry.errors import RecordError
from telemetry.records import EventRecord

__all__ = ["Changes", "changes", "number", "opening", "text"]

Changes: TypeAlias = Iterable[tuple[str, list[object]]]
"""Statements whose last parameter is the session's number, and their other parameters."""


def _phase(event: EventRecord, at: datetime) -> Changes:
    """What a phase event changes in its session's row."""
    phase = text(event.data, "phase")
    yield "UPDATE core.session SET phase = %s WHERE session_id = %s", [phase]
    if phase == "running":
        yield "UPDATE core.session SET started_at = coalesce(started_at, %s) WHERE session_id = %s", [at]
    if phase in ("debrief", "closed"):
        yield "UPDATE core.session SET ended_at = coalesce(ended_at, %s) WHERE session_id = %s", [at]
    if phase == "closed":
        yield "UPDATE core.session SET closed_at = coalesce(closed_at, %s) WHERE session_id = %s", [at]


def _outcome(event: EventRecord, at: datetime) -> Changes:
    yield "UPDATE core.session SET outcome = %s WHERE session_id = %s", [text(event.data, "outcome")]


def _attempt(event: EventRecord, at: datetime) -> Changes:
    """A rewind began the next attempt; the last one is the one that counts."""
    yield "UPDATE core.session SET attempt = %s WHERE session_id = %s", [event.data.get("attempt")]


def _joined(event: EventRecord, at: datetime) -> Changes:
    modality = event.data.get("modality")
    if event.data.get("role") == "trainee" and isinstance(modality, str):
        yield "UPDATE core.session SET modality = %s WHERE session_id = %s", [modality]


_CHANGES: Mapping[str, Callable[[EventRecord, datetime], Changes]] = {
    "phase": _phase,
    "outcome": _outcome,
    "attempt": _attempt,
    "joined": _joined,
}


def changes(event: EventRecord, utc_s: float) -> Changes:
    """What an event that happened at `utc_s` (seconds since 1970) changes in its session's row."""
    change = _CHANGES.get(event.type)
    return () if change is None else change(event, datetime.fromtimestamp(utc_s, UTC))


def opening(data: Mapping[str, object]) -> list[object]:
    """The columns a session_opened event fills; raises `RecordError` without a usable opened_at."""
    try:
        opened_at = datetime.fromisoformat(text(data, "opened_at"))
    except ValueError as error:
        raise RecordError(f"session_opened: {error}") from error
    if opened_at.tzinfo is None:
        opened_at = opened_at.replace(tzinfo=UTC)
    words = ("scenario", "scenario_sha256", "profile", "profile_sha256", "software")
    attempt = data.get("attempt")
    return [
        opened_at,
        *(text(data, word) for word in words),
        number(data, "seed", 0),
        text(data, "pseudonym"),
        attempt if isinstance(attempt, int) else 1,
        data.get("modality"),
        data.get("condition"),
    ]


def text(data: Mapping[str, object], key: str) -> str:
    """A word of an event's data, empty where it has none."""
    value = data.get(key)
    return "" if value is None else str(value)


def number(data: Mapping[str, object], key: str, default: float) -> float:
    """A number of an event's data."""
    value = data.get(key)
    return value if isinstance(value, int | float) else default
