"""Names used must be names defined (S023): nodes, events, signals, states, lines, choices."""

from scenario_assets.language.document import Scenario
from scenario_assets.language.reader import Reader


def check_names(scenario: Scenario, reader: Reader) -> None:
    """Placeholder until the checks below are written."""
