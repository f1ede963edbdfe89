"""Whether a scenario may be used to assess people: only when its `reviewed_by` says who has reviewed it (S085)."""

from scenario_assets.language.document import Scenario
from scenario_assets.language.faults import Fault

#: Printed wherever a scenario nobody has reviewed is shown to its author.
UNREVIEWED = "not reviewed by clinicians or people with lived experience"


def summative_faults(scenario: Scenario) -> tuple[Fault, ...]:
    """What forbids to grade people by this scenario for more than practice; nothing where it is reviewed."""
    if scenario.reviewed_by:
        return ()
    message = f"{UNREVIEWED}: `reviewed_by` is empty, so it is for practice and not for summative use"
    return (Fault("S085", str(scenario.path), 1, 1, message),)
