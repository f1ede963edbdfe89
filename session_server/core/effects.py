"""What the core wants done, as data.

The shell does it in order: a ``Send`` leaves after the records before it are on disk.
"""

from dataclasses import dataclass
from enum import StrEnum

from session_server.core.messages import Message
from telemetry.records import EventRecord, SampleRecord


class Audience(StrEnum):
    """A group of a session's connections."""

    ALL = "all"
    INSTRUCTORS = "instructors"
    TRAINEES = "trainees"


@dataclass(frozen=True, slots=True)
class Record:
    """Journal this event, or these consumed signals."""

    event: EventRecord


@dataclass(frozen=True, slots=True)
class RecordSamples:
    """Journal these rows, or that a client has given them up."""

    samples: SampleRecord


@dataclass(frozen=True, slots=True)
class Send:
    """Send ``message`` to one connection (its number) or to an audience."""

    to: int | Audience
    message: Message


@dataclass(frozen=True, slots=True)
class StartGrading:
    """The scenario is over: grade it once its record is stored, and tell the session with ``Session.graded``."""


Effect = Record | RecordSamples | Send | StartGrading
