"""What is fixed when a session opens; the data of its first event."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Opening:
    """The identity of a session: which scenario and profile, by content hash, for whom, with which seed.

    ``locale`` is the language it was opened in, None for the scenario's own.
    ``sensors`` are the agency's declarations (``Sensor.to_json``) that held then, and hold for this session.
    ``opened_at`` is ISO 8601 in UTC and anchors ``t`` = 0.
    """

    scenario: str
    scenario_sha256: str
    profile: str
    profile_sha256: str
    software: str
    seed: int
    pseudonym: str
    opened_at: str
    attempt: int = 1
    modality: str | None = None
    condition: str | None = None
    locale: str | None = None
    sensors: Sequence[Mapping[str, object]] = ()

    @classmethod
    def of(cls, data: dict[str, object]) -> Self:
        """Return the opening that a journalled ``session_opened`` carries."""
        return cls(**data)  # type: ignore[arg-type]  # written by us from these very fields; a wrong one raises
