"""From a story to the parts of a scenario that can be made of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from scenario_assets.importers import macros
from scenario_assets.importers.content import read_content
from scenario_assets.importers.nodes import Nodes
from scenario_assets.importers.parts import sort_parts
from scenario_assets.importers.speakers import Speakers, read_cast
from scenario_assets.importers.story import Passage, Report, Story
from scenario_assets.language.behaviour import Node
from scenario_assets.language.staging import Actor, Line
from scenario_assets.language.trainee import Choice
from scenario_assets.language.values import Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a story gives a scenario; the rest has to be decided by its author.

    ``origins`` and ``layout`` are by ``region.node``: the passage it was, and the place of its tile in pixels.
    """

    start: Mapping[str, str]
    regions: Mapping[str, Mapping[str, Node]]
    origins: Mapping[str, Passage]
    layout: Mapping[str, Point]
    person: str
    actors: Mapping[str, Actor]
    choices: Mapping[str, Choice]
    lines: Mapping[str, Line]
    outcomes: Mapping[str, str]
    briefing: str


def plan(story: Story, report: Report) -> Draft:
    """Make of the story what can be made of it; what cannot goes into the report. No passages: no regions."""
    family = macros.family(story.format)
    parts = sort_parts(story, report)
    cast = read_cast(parts.cast, report)
    contents = {spot.path: read_content(spot.passage, family, cast, report) for spot in parts.spots}
    speakers = Speakers(cast)
    nodes = Nodes(parts, contents, speakers, report)
    briefing = [read_content(passage, family, (), report).prose for passage in parts.briefing]
    return Draft(
        start=parts.starts(story, report), regions=nodes.regions(),
        origins={spot.path: spot.passage for spot in parts.spots},
        layout={spot.path: spot.passage.position for spot in parts.spots if spot.passage.position is not None},
        person=speakers.person(), actors=speakers.actors, choices=nodes.choices, lines=speakers.lines,
        outcomes=nodes.outcomes, briefing="\n\n".join(text for text in briefing if text),
    )  # fmt: skip
