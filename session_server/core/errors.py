"""What can be wrong with what a peer sent.

- ``Refusal``: the peer's fault; it travels as an ``error`` message with a code from ``CODES``.

Our own faults are ordinary exceptions: they are logged and answered ``internal``.
"""

from dataclasses import dataclass, field
from typing import Final

JsonValue = str | int | float | bool | None | list[str]


@dataclass(frozen=True, slots=True)
class Code:
    """One error code: whether the same request may succeed later, and the close code that follows, if any."""

    retry: bool
    close: int | None = None


CODES: Final[dict[str, Code]] = {
    "malformed": Code(retry=False),
    "unknown_type": Code(retry=False),
    "hello_required": Code(retry=False, close=4002),
    "unsupported_protocol": Code(retry=False, close=4002),
    "unknown_session": Code(retry=False, close=4003),
    "session_ended": Code(retry=False, close=4010),
    "forbidden": Code(retry=False),
    "bad_key": Code(retry=False, close=4003),
    "rate_limited": Code(retry=True),
    "wrong_phase": Code(retry=True),
    "unknown_name": Code(retry=False),
    "not_offered": Code(retry=True),
    "senseless": Code(retry=False),
    "not_reloadable": Code(retry=False),
    "frame_invalid": Code(retry=False),
    "unknown_track": Code(retry=False),
    "sequence_gap": Code(retry=True),
    "too_large": Code(retry=False, close=1009),
    "storage_full": Code(retry=True),
    "internal": Code(retry=True),
}


@dataclass(eq=False)
class Refusal(Exception):  # noqa: N818 - the peer's fault is an answer, not an error of ours
    """A request that is answered with a coded error; nothing has changed."""

    code: str
    message: str
    details: dict[str, JsonValue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a code that no client knows."""
        if self.code not in CODES:
            raise ValueError(f"{self.code!r} is not an error code; known: {', '.join(CODES)}")

    def __str__(self) -> str:
        """Code and message."""
        return f"{self.code}: {self.message}"

    @property
    def retry(self) -> bool:
        """Whether the same request may succeed later."""
        return CODES[self.code].retry

    @property
    def close(self) -> int | None:
        """The WebSocket close code that follows this refusal, if the connection cannot go on."""
        return CODES[self.code].close
