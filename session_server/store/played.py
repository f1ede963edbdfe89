"""The scenario as a stored session was played with it: the very version, in the session's language."""

from dataclasses import dataclass, replace
from pathlib import Path

from scenario_assets.language import Scenario, load, localised, reread
from scoring import TraceError
from session_server.store.versions import Versions
from telemetry.attempts import Attempt
from telemetry.trace import Trace


@dataclass(frozen=True, slots=True)
class Sources:
    """Where to look: the folder of versions by hash, and the scenario's present file, None where there is none."""

    versions: Path
    file: Path | None


def as_played(recorded: Trace, sources: Sources, *, attempt: int | None = None) -> Scenario:
    """Return the scenario that an attempt (the last one unless told) was played with.

    Where its version is not kept, it is what the present file says; ``scoring`` refuses another version.
    """
    wanted = Attempt.of(recorded, attempt).scenario_sha256
    kept = Versions(sources.versions).find(wanted)
    if kept is not None:
        scenario = reread(kept)
    elif sources.file is not None:
        scenario = load(sources.file)
    else:
        raise TraceError(f"the version {wanted[:12]} of {recorded.session.scenario} is not kept, nor is there another")
    if sources.file is not None:  # media lie beside it
        scenario = replace(scenario, path=sources.file)
    opened = recorded.events_of("session_opened")
    locale = opened[0].data.get("locale") if opened else None
    return localised(scenario, locale if isinstance(locale, str) else None)
