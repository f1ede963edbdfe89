"""What is held against a scenario once it is read; each check reports to the reader, which knows the places."""

from collections.abc import Callable

from scenario_assets.language.checks.amounts import check_amounts
from scenario_assets.language.checks.captions import check_captions
from scenario_assets.language.checks.conditions import check_conditions
from scenario_assets.language.checks.consent import check_consent
from scenario_assets.language.checks.distances import check_distances
from scenario_assets.language.checks.fairness import check_fairness
from scenario_assets.language.checks.graph import check_graph
from scenario_assets.language.checks.handover import check_handover
from scenario_assets.language.checks.interventions import check_interventions
from scenario_assets.language.checks.keys import check_keys
from scenario_assets.language.checks.media import check_media
from scenario_assets.language.checks.names import check_names
from scenario_assets.language.checks.times import check_times
from scenario_assets.language.checks.unused import check_unused
from scenario_assets.language.document import Scenario
from scenario_assets.language.reader import Reader

#: In the order in which their faults win when there are more than are kept: what breaks the scenario comes first.
CHECKS: tuple[Callable[[Scenario, Reader], None], ...] = (
    check_names,
    check_handover,
    check_conditions,
    check_amounts,
    check_times,
    check_keys,
    check_graph,
    check_consent,
    check_fairness,
    check_media,
    check_captions,
    check_distances,
    check_interventions,
    check_unused,
)


def check(scenario: Scenario, reader: Reader) -> None:
    """Hold everything against the scenario that can be found in its files without reading films."""
    for one in CHECKS:
        if reader.full:
            break
        one(scenario, reader)
