"""Whether a scenario may be used to assess people: only when its `reviewed_by` says who has reviewed it (S085)."""

from scenario_assets.language.document import Scenario
from scenario_assets.language.faults import Fault
from scenario_assets.language.strict_yaml import Mark

TOP = Mark(1, 1)
#: Printed wherever a scenario nobody has reviewed is shown to its author.
UNREVIEWED = "not reviewed by clinicians or people with lived experience"


def summative_faults(scenario: Scenario, *, place: Mark = TOP) -> tuple[Fault, ...]:
    """What forbids to grade people by this scenario for more than practice; nothing where it is reviewed.

    ``place`` is where its ``reviewed_by`` stands, if the caller knows.
    """
    if scenario.reviewed_by:
        return ()
    message = f"{UNREVIEWED}: `reviewed_by` is empty, so it is for practice and not for summative use"
    return (Fault("S085", str(scenario.path), place.line, place.column, message),)
