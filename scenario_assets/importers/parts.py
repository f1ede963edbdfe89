"""What each passage of a story is for: a node of a region, the cast, the briefing, or the story format's own."""

from collections.abc import Sequence
from dataclasses import dataclass

from scenario_assets.importers.naming import Names, is_name, slug
from scenario_assets.importers.story import Passage, Report, Story, shown

#: The region of passages without a tag `region-...`.
PERSON_REGION = "person"
REGION, END = "region-", "end-"
START, CAST, BRIEFING = "start", "cast", "briefing"

_CODE_TAGS = {"script": "JavaScript", "stylesheet": "a style sheet"}
#: Passages that story formats and compilers read for themselves, by name and by tag.
_OWN_NAMES = frozenset({
    "PassageDone", "PassageFooter", "PassageHeader", "PassageReady", "StoryAuthor", "StoryBanner", "StoryCaption",
    "StoryDisplayTitle", "StoryImages", "StoryIncludes", "StoryInit", "StoryInterface", "StoryLoadingScreen",
    "StoryMenu", "StorySettings", "StoryShare", "StorySubtitle",
})  # fmt: skip
_OWN_TAGS = frozenset({
    "annotation", "debug-footer", "debug-header", "debug-startup", "footer", "header", "init", "startup",
    "Twine.audio", "Twine.image", "Twine.private", "Twine.video", "Twine.vtt", "widget",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spot:
    """A passage that becomes a node: ``outcome`` is how it ends the scenario, ``placed`` whether it says its region.

    A passage called ``region.name`` has chosen the node's name; all others get one made of theirs.
    """

    passage: Passage
    region: str
    name: str
    outcome: str
    placed: bool

    @property
    def path(self) -> str:
        """Region and node: ``person.sitting``."""
        return f"{self.region}.{self.name}"


@dataclass(frozen=True, slots=True)
class Parts:
    """A story's passages, told apart."""

    spots: tuple[Spot, ...]
    cast: tuple[Passage, ...]
    briefing: tuple[Passage, ...]

    def by_name(self) -> dict[str, Spot]:
        """The nodes by the names that links call them."""
        return {" ".join(spot.passage.name.split()): spot for spot in self.spots}

    def starts(self, story: Story, report: Report) -> dict[str, str]:
        """The first node of each region.

        That with the story's first passage; elsewhere the one tagged `start`, or the first one.
        """
        first: dict[str, Spot] = {}
        for spot in self.spots:
            known = first.get(spot.region)
            if known is None or (START in spot.passage.tags and START not in known.passage.tags):
                first[spot.region] = spot
        begins = next((spot for spot in self.spots if spot.passage.name == story.start), None)
        if begins is not None:
            first[begins.region] = begins
        elif story.start is not None:
            report.tell(story.line, f"the story starts with {shown(story.start)}, which is no node")
        return {region: spot.name for region, spot in first.items()}


def sort_parts(story: Story, report: Report) -> Parts:
    """Tell the passages apart, and give those that become nodes their names."""
    nodes: list[Passage] = []
    special: dict[str, list[Passage]] = {CAST: [], BRIEFING: []}
    for passage in story.passages:
        own = next((tag for tag in passage.tags if tag in _OWN_TAGS), None)
        code = next((tag for tag in passage.tags if tag in _CODE_TAGS), None)
        kind = next((tag for tag in passage.tags if tag in special), None)
        if code is not None:
            report.tell(passage.line, f"{_CODE_TAGS[code]} in {shown(passage.name)} is not run and is left out")
        elif own is not None or passage.name in _OWN_NAMES:
            told = f"{shown(passage.name)} is the story format's own and has no counterpart here; it is left out"
            report.tell(passage.line, told)
        elif kind is not None:
            special[kind].append(passage)
        else:
            nodes.append(passage)
    return Parts(_spots(nodes, report), tuple(special[CAST]), tuple(special[BRIEFING]))


def _spots(passages: Sequence[Passage], report: Report) -> tuple[Spot, ...]:
    tagged = [(passage, *_tags(passage, report)) for passage in passages]
    given: dict[str, Names] = {region: Names() for _, region, _, _ in tagged}
    # Names that are given are kept; those that must be made give way to them.
    names = {
        passage.name: given[region].new(own)
        for passage, region, _, _ in tagged
        if is_name(own := passage.name.removeprefix(f"{region}.")) and own != passage.name
    }
    for passage, region, _, _ in tagged:
        if passage.name not in names:
            names[passage.name] = given[region].new(slug(passage.name, "node"))
    return tuple(
        Spot(passage, region, names[passage.name], outcome, placed) for passage, region, outcome, placed in tagged
    )


def _tags(passage: Passage, report: Report) -> tuple[str, str, bool]:
    """Region, outcome (or nothing), and whether a tag named the region."""
    regions = [tag.removeprefix(REGION) for tag in passage.tags if tag.startswith(REGION) and tag != REGION]
    outcomes = [tag.removeprefix(END) for tag in passage.tags if tag.startswith(END) and tag != END]
    for what, found in (("region", regions), ("ending", outcomes)):
        if len(found) > 1:
            told = f"{shown(passage.name)} has more than one tag for its {what}; {shown(found[0])} counts"
            report.tell(passage.line, told)
    for tag in passage.tags:
        if not tag.startswith((REGION, END)) and tag != START:
            told = f"the tag {shown(tag)} has no counterpart here and is left out (told once)"
            report.tell(passage.line, told, once=True)
    region = regions[0] if regions else PERSON_REGION
    outcome = outcomes[0] if outcomes else ""
    return (
        region if is_name(region) else slug(region, "region"),
        outcome if not outcome or is_name(outcome) else slug(outcome, "outcome"),
        bool(regions),
    )
