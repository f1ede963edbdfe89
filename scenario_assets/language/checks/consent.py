"""Content warnings (S050): people consent to what the scenario's own list says, so it must cover every node."""

from typing import get_args

from scenario_assets.language.behaviour import Notice
from scenario_assets.language.document import Scenario
from scenario_assets.language.paths import by_region, places
from scenario_assets.language.reader import Reader
from scenario_assets.language.values import Strength, Topic
from scenario_assets.language.ways import edges, entered, reachable

_RISING: tuple[Strength, ...] = get_args(Strength)


def check_consent(scenario: Scenario, reader: Reader) -> None:
    """Report what nodes hold and the scenario does not warn of, or less strongly."""
    if not scenario.warnings:
        message = "no content warning: people are asked for consent to them"
        reader.fault("S050", reader.place(scenario, "warnings"), message)
    told: dict[Topic, int] = {}
    for notice in scenario.warnings:
        if not reader.sound(notice):
            continue
        if notice.topic in told:
            reader.fault("S050", reader.place(notice), f"{notice.topic} stands here already")
        told[notice.topic] = max(_strength(notice), told.get(notice.topic, 0))
    for place in places(scenario) if reader.sound(scenario, "warnings") else ():
        for notice in place.node.warnings:
            if _strength(notice) > told.get(notice.topic, -1):
                found = f"only {_RISING[told[notice.topic]]}" if notice.topic in told else "nothing"
                message = f"{place.full} holds {notice.topic}, {notice.level}; the scenario's warnings say {found}"
                reader.fault("S050", reader.place(notice), message)


def _strength(notice: Notice) -> int:
    return _RISING.index(notice.level)


def unavoidable(scenario: Scenario) -> tuple[Topic, ...]:
    """The topics that every way to an ending meets, so that nobody can be spared them; in the order of the warnings.

    Only what nodes say of themselves counts, and endings of nodes, not the limit.
    """
    return tuple(notice.topic for notice in scenario.warnings if not _can_be_spared(scenario, notice.topic))


def _can_be_spared(scenario: Scenario, topic: Topic) -> bool:
    ends = False
    for region, nodes in by_region(scenario).items():
        barred = {
            path for path, place in nodes.items() if any(notice.topic == topic for notice in place.node.warnings)
        }
        start = scenario.start.get(region, "")
        if start not in nodes:
            continue  # S023
        if barred.intersection(entered(scenario, region, start)):
            return False  # it begins with it
        found = reachable(scenario, region, [start], edges(scenario, nodes), barred=barred)
        ends = ends or any(nodes[path].node.end for path in found)
    return ends or not any(place.node.end for place in places(scenario))
