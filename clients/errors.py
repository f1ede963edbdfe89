"""What can go wrong at a client, by whose fault it is.

::

    ClientError
    ├── UsageError          ours: the caller asked for something the wire does not allow
    ├── ProtocolError       the server's: it said something ``PROTOCOL.md`` does not allow
    ├── RefusedError        an answer: the server refused a request, with a code
    └── DisconnectedError   nobody's: the connection is gone
        ├── UnansweredError it broke before the answer: the request may or may not have been done
        └── EndedError      for good: the close code says not to come back
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = [
    "ClientError",
    "DisconnectedError",
    "EndedError",
    "ProtocolError",
    "Refusal",
    "RefusedError",
    "UnansweredError",
    "UsageError",
]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An ``error`` message of the server. ``details`` holds what a code adds, such as ``expected``."""

    code: str
    message: str
    retry: bool
    details: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return code and message."""
        return f"{self.code}: {self.message}"


class ClientError(Exception):
    """Base of every error of this package."""


class UsageError(ClientError):
    """The caller asked for something that the wire does not allow."""


class ProtocolError(ClientError):
    """The server said something that ``PROTOCOL.md`` does not allow."""


class RefusedError(ClientError):
    """The server refused a request; ``refusal.retry`` says whether the same request may succeed later."""

    def __init__(self, kind: str, refusal: Refusal) -> None:
        """Say which ``kind`` of request was refused, and how."""
        super().__init__(f"{kind} refused: {refusal}")
        self.kind = kind
        self.refusal = refusal


class DisconnectedError(ClientError):
    """The connection is gone."""


class UnansweredError(DisconnectedError):
    """The connection broke before the answer came: the request may or may not have been done."""


class EndedError(DisconnectedError):
    """The connection is over for good; ``refusal`` is what the server said before closing, if anything."""

    def __init__(self, code: int, reason: str, refusal: Refusal | None = None) -> None:
        """Say with which close ``code`` it ended."""
        said = f" ({refusal})" if refusal else ""
        super().__init__(f"connection over, close code {code} {reason}{said}".rstrip())
        self.code = code
        self.reason = reason
        self.refusal = refusal
