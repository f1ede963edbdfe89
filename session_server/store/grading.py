"""Grade a stored session: read its trace, score it, keep the report. Runs in a process of its own."""

from uuid import UUID

import session_server
from scoring import Profile, Report, score
from session_server.store import archive
from session_server.store.played import Sources, as_played
from telemetry import quality, trace


def grade_session(
    conninfo: str, session: UUID, sources: Sources, profile: str, *, attempt: int | None = None
) -> Report:
    """Return the report of an attempt of ``session`` (the last one unless told), having stored it.

    How good the data of the whole session are is stored first, whether or not they can be graded. ``profile`` is a
    shipped profile's name. Raises ``TelemetryError`` where the session is not stored or has no such attempt, and
    ``ScoringError`` where the version of the scenario that was played is not to be had.
    """
    with archive.available():
        recorded = trace.read(conninfo, session)
    # First, and of the whole session: how good the data are must be known even of what cannot be graded.
    archive.keep_quality(conninfo, session, quality.of_tracks(recorded), software=session_server.__version__)
    document = as_played(recorded, sources, attempt=attempt)
    report = score(recorded, document, Profile.load(profile), software=session_server.__version__, attempt=attempt)
    archive.keep_report(conninfo, session, report.to_json())
    return report


def grade_json(conninfo: str, session: UUID, sources: Sources, profile: str) -> dict[str, object]:
    """Like ``grade_session``, for a caller in another process."""
    return grade_session(conninfo, session, sources, profile).to_json()
