"""Everything telemetry can refuse, as one tree.

TelemetryError
├── FrameError      the sender's fault: a binary frame that is not one (carries the wire's code)
├── ClockError      the sender's fault: a clock exchange that cannot have happened
├── RecordError     the caller's fault: a record that cannot be stored and read back unchanged
│   └── ChainError  somebody's fault: the hash chain of a session's events does not hold
├── JournalError    the disk's fault: bytes could not be made durable
├── DrainError      the operator's fault: a journal that this drain may not copy
├── MigrationError  the operator's fault: a schema this code does not know
├── PruneError      the caller's fault: a stream that does not exist, or too few days to keep it
├── SensorsError    the agency's fault: declarations of sensors that cannot be used; carries every fault found
├── UnknownSession  the caller's fault: the database has no such session (yet)
├── UnknownAttempt  the caller's fault: the session has no such attempt
└── UnknownStream   the caller's fault: no such stream, or none of its tracks has this label
"""


class TelemetryError(Exception):
    """Base of all errors of this package."""


class FrameError(TelemetryError):
    """A sample frame was refused; nothing of it has been used.

    `code` is the wire's error code: `frame_invalid` or `too_large`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class ClockError(TelemetryError):
    """A clock exchange contradicts itself (a reply before its request, a value that is not finite)."""


class RecordError(TelemetryError):
    """A record cannot be written, or bytes are not a record."""


class ChainError(RecordError):
    """The chain of a session's events breaks at `seq`: an event was changed, lost or inserted."""

    def __init__(self, seq: int, message: str) -> None:
        super().__init__(message)
        self.seq = seq


class JournalError(TelemetryError):
    """The journal could not be opened, written or synced; nothing since the last sync is durable.

    `full` is true when the disk has no room, or does not keep up: the same may succeed later.
    """

    def __init__(self, message: str, *, full: bool = False) -> None:
        super().__init__(message)
        self.full = full


class DrainError(TelemetryError):
    """Another drain copies this journal, or the database's position is not one of this journal."""


class MigrationError(TelemetryError):
    """The database's schema is newer than this code, or a migration it has applied was changed."""


class PruneError(TelemetryError):
    """A stream is to be pruned that does not exist, or sooner than a session is graded."""


class SensorsError(TelemetryError):
    """Declarations of sensors were refused; `faults` lists everything wrong with them, not only the first thing."""

    def __init__(self, name: str, faults: tuple[str, ...]) -> None:
        lines = "".join(f"\n  {fault}" for fault in faults)
        super().__init__(f"{name} has {len(faults)} fault{'s' if len(faults) > 1 else ''}:{lines}")
        self.name = name
        self.faults = faults


class UnknownSession(TelemetryError):  # noqa: N818 - reads as what it says where it is raised
    """The database has no session of this id: it never existed or is not drained yet."""


class UnknownAttempt(TelemetryError):  # noqa: N818 - likewise
    """The session has no attempt of this number."""


class UnknownStream(TelemetryError):  # noqa: N818 - likewise
    """There is no stream of this name, or the session has tracks of it, but none with this label."""
