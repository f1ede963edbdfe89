"""What whoever takes over must be told, somebody must be able to tell (S023)."""

from scenario_assets.language.document import Scenario
from scenario_assets.language.faults import unknown
from scenario_assets.language.reader import Reader


def check_handover(scenario: Scenario, reader: Reader) -> None:
    """Report radio requests that are not there, and fields of the hand-over that nothing gives."""
    handover = scenario.scoring.handover
    if handover is None:
        return
    for request in handover.to:
        if request and request not in scenario.radio and reader.sound(scenario.radio) and not reader.full:
            reader.fault("S023", reader.place(handover, "to"), unknown("radio request", request, scenario.radio))
    if not reader.sound(scenario, "choices", "acts", "said"):
        return
    tables = (scenario.choices, scenario.acts, scenario.said)
    told = {field for table in tables for item in table.values() for field in item.tells}
    for field in dict.fromkeys(handover.fields):
        if field not in told:
            message = f"the hand-over needs {field!r}, but no choice, act or kind of utterance `tells` it"
            reader.fault("S023", reader.place(handover, "fields"), message)
