"""The scenario as a stored session saw it."""

from scenario_assets.language import Scenario, localised
from telemetry.trace import Trace


def as_played(recorded: Trace, scenario: Scenario) -> Scenario:
    """Return ``scenario`` in the language the session was opened in."""
    opened = recorded.events_of("session_opened")
    locale = opened[0].data.get("locale") if opened else None
    return localised(scenario, locale if isinstance(locale, str) else None)
