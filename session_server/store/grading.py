"""Grade a stored session: read its trace, score it, keep the report. Runs in a process of its own."""

from pathlib import Path
from uuid import UUID

import session_server
from scenario_assets.language import load
from scoring import Profile, Report, score
from telemetry import grades, trace


def grade_session(conninfo: str, session: UUID, scenario: Path, profile: str) -> Report:
    """Return the report of ``session``, having stored it.

    ``scenario`` is its scenario.yaml and ``profile`` a shipped profile's name. Raises ``telemetry`` errors where the
    session is not stored, and ``ValueError`` where the scenario is not the one that was played.
    """
    recorded = trace.read(conninfo, session)
    document = load(scenario)
    if document.sha256 != recorded.session.scenario_sha256:
        raise ValueError(
            f"session {session} was played with scenario {recorded.session.scenario} "
            f"{recorded.session.scenario_sha256[:12]}, the file {scenario} is {document.sha256[:12]}: "
            "grade it with the file it was played with"
        )
    report = score(recorded, document, Profile.load(profile), software=session_server.__version__)
    grades.write(conninfo, session, report.to_json())
    return report


def grade_json(conninfo: str, session: UUID, scenario: Path, profile: str) -> dict[str, object]:
    """Like ``grade_session``, for a caller in another process."""
    return grade_session(conninfo, session, scenario, profile).to_json()
