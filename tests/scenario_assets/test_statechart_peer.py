"""Random charts move through the same configurations as in python-statemachine, an independent SCXML engine.

Hierarchy, parallel states, both kinds of history, internal transitions; without delays and data.
"""

from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st
from statemachine import StateChart
from statemachine.io.scxml.processor import SCXMLProcessor

from scenario_assets.runtime.statechart import Kind, Machine
from tests.scenario_assets.test_statechart import Draft, Recorder, build, charts

_TAGS = {Kind.COMPOUND: "state", Kind.ATOMIC: "state", Kind.PARALLEL: "parallel", Kind.FINAL: "final"}


def scxml(root: Draft) -> str:
    """The chart as an SCXML document."""
    document = ElementTree.Element("scxml", xmlns="http://www.w3.org/2005/07/scxml", initial=root.start, version="1.0")
    for child in root.children:
        _add(document, child)
    return ElementTree.tostring(document, encoding="unicode")


def _add(parent: ElementTree.Element, draft: Draft) -> None:
    if draft.kind in (Kind.SHALLOW_HISTORY, Kind.DEEP_HISTORY):
        history = ElementTree.SubElement(parent, "history", id=draft.id, type=draft.kind.value)
        ElementTree.SubElement(history, "transition", target=draft.start)
        return
    state = ElementTree.SubElement(parent, _TAGS[draft.kind], id=draft.id)
    if draft.start:
        state.set("initial", draft.start)
    for event, targets in draft.ways:
        way = ElementTree.SubElement(state, "transition", event=event, target=" ".join(targets))
        # What cannot be internal is external by the recommendation; the other engine does not see to that itself.
        if draft.internal and draft.kind is Kind.COMPOUND and set(targets) <= set(_inside(draft)):
            way.set("type", "internal")
    for child in draft.children:
        _add(state, child)


def _inside(draft: Draft) -> list[str]:
    return [name for child in draft.children for name in (child.id, *_inside(child))]


def peer(root: Draft) -> StateChart[object]:
    processor = SCXMLProcessor()
    processor.parse_scxml("drawn", scxml(root))
    return processor.start()  # type: ignore[no-untyped-call,no-any-return]


class Attentive(Machine[str]):
    """Notices when one enabled transition has kept another from being taken."""

    contested = False

    def _without_conflicts(self, enabled: list[int]) -> list[int]:
        kept = super()._without_conflicts(enabled)
        self.contested |= len(kept) < len(enabled)
        return kept


def configuration(machine: Machine[str]) -> set[str]:
    return {machine.chart.states[index].id for index in machine.configuration}


@settings(max_examples=150)
@given(charts(), st.lists(st.sampled_from("abc"), max_size=12))
def test_random_charts_move_as_in_another_engine(root: Draft, events: list[str]) -> None:
    """Up to the first conflict, of which the other engine decides some against the order of the document.

    The recommendation (D, removeConflictingTransitions) is held to there by the W3C's case 403c.
    """
    ours, theirs = build(root, Recorder(), Attentive), peer(root)
    assert isinstance(ours, Attentive)
    ours.start()
    assert configuration(ours) == set(theirs.configuration_values)
    for event in events:
        ours.process(event)
        if ours.contested:
            return
        theirs.send(event)
        assert configuration(ours) == set(theirs.configuration_values)
