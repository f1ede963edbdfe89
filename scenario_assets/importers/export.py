"""A scenario as Twee 3 for Chapbook, so that Twine can show and change its graph.

What comes back through ``import_story`` as it was: regions and their first nodes, nodes in their order, notes line by
line, endings, layout, media but stills and captions, the choices a node offers with their words (on one line), and
transitions to one target with a guard, a time, or both, those that a choice alone takes after the others.

Left out, because Twine has no place for it: everything outside the nodes but title, briefing, names and roles; labels,
threat, cues, reflexes and all else that is done, except lines said one at a time; the weights of several targets (each
becomes a way of its own); nodes inside others (they stand beside them).
"""

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator

from scenario_assets.importers.content import LITERAL, VARS_END, reads_as_prose
from scenario_assets.importers.links import split_links
from scenario_assets.importers.naming import slug
from scenario_assets.importers.parts import BRIEFING, CAST, END, REGION, START
from scenario_assets.importers.story import SourceLine
from scenario_assets.importers.twee import DATA, TITLE, content, header
from scenario_assets.importers.twee import START as HEADER
from scenario_assets.importers.vars_section import MEDIA, OFFER, media_value, way_setting
from scenario_assets.language.behaviour import Transition
from scenario_assets.language.document import Scenario
from scenario_assets.language.guard_tree import Happened
from scenario_assets.language.paths import Place, places, resolve

_FORMAT = {"format": "Chapbook", "format-version": "2.3.0"}


def to_twee(scenario: Scenario) -> str:
    """The scenario's graph as a Twee 3 file; what is kept stands at the head of this module."""
    return "\n\n\n".join(_joined(opening, *lines) for opening, *lines in _Export(scenario).passages()) + "\n"


def _joined(opening: str, *lines: str) -> str:
    return "\n".join([opening, *(content(line) for text in lines for line in text.split("\n"))])


class _Export:
    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._places = list(places(scenario))
        self._names = _passage_names(self._places)
        self._cast = {actor.name for actor in scenario.actors.values()}
        self._links = {place.full: list(self._linked(place)) for place in self._places}
        self._named = not all(self._plainly_named(place) for place in self._places)

    def passages(self) -> Iterator[list[str]]:
        scenario = self._scenario
        main = next(iter(scenario.regions))
        data = {"ifid": _ifid(scenario.id), **_FORMAT, "start": self._names[f"{main}.{scenario.start[main]}"]}
        yield [f"{HEADER} {TITLE}", " ".join(scenario.title.split())]
        yield [f"{HEADER} {DATA}", *json.dumps(data, indent=2, ensure_ascii=False).split("\n")]
        cast = [f"{actor.name}: {' '.join(actor.role.split())}" for actor in scenario.actors.values()]
        yield [header("The cast", (CAST,), None), *cast]
        yield [header("The briefing", (BRIEFING,), None), *self._prose(scenario.briefing)]
        for place in self._places:
            yield list(self._passage(place, begins=place.region != main))

    # -- a passage ---

    def _passage(self, place: Place, *, begins: bool) -> Iterator[str]:
        tags = [f"{REGION}{place.region}"]
        if begins and self._scenario.start.get(place.region) == place.path:
            tags.append(START)
        if place.node.end is not None:
            tags.append(f"{END}{place.node.end}")
        yield header(self._names[place.full], tuple(tags), self._scenario.layout.get(place.full))
        settings = list(self._settings(place))
        if settings:
            yield from (*settings, VARS_END)
        prose = self._prose(place.node.note) if place.node.note is not None else ()
        links = (f"[[{self._words(name)}->{target}]]" for name, target in self._links[place.full])
        blocks = ["\n".join(block) for block in (prose, self._speech(place), links)]
        if any(blocks):
            yield "\n\n".join(block for block in blocks if block)

    def _settings(self, place: Place) -> Iterator[str]:
        node = place.node
        if node.media is not None:
            yield f"{MEDIA}: {media_value(node.media)}"
        if self._named:
            for name in node.offers:
                yield f"{OFFER} {name}: {self._words(name)}"
        linked = {name for name, _ in self._links[place.full]}
        for way in node.next:
            if _choice_of(way) not in linked:
                names = (self._target(place, target.node) for target in way.to)
                yield from (": ".join(way_setting(way, name)) for name in names)

    def _prose(self, text: str) -> Iterator[str]:
        """Lines that the importer takes as prose; a backslash says so where they look like something else."""
        for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
            bare = line.rstrip()
            yield bare if reads_as_prose(bare, self._cast) else f"{LITERAL}{bare}"

    def _speech(self, place: Place) -> Iterator[str]:
        scenario, node = self._scenario, place.node
        said = [do.say for do in node.enter] + [cue.say for cue in node.cues if cue.at is not None]
        for (name,) in (say for say in said if len(say) == 1):
            line = scenario.lines[name]
            yield f'{scenario.actors[line.actor].name}: "{" ".join(line.text.split())}"'

    # -- choices ---

    def _linked(self, place: Place) -> Iterator[tuple[str, str]]:
        """The links of a passage: the choice, and the passage it leads to."""
        node, choices = place.node, self._scenario.choices
        words = Counter(self._words(name) for name in node.offers)
        ways: dict[str, Transition] = {}
        for way in node.next:
            if (name := _choice_of(way)) is not None:
                ways.setdefault(name, way)  # a second way for the same choice is never taken
        for name, way in ways.items():
            target = self._target(place, way.to[0].node)
            if name in node.offers and words[self._words(name)] == 1 and _can_stand(self._words(name), target):
                yield name, target
        for name in node.offers:
            gotos = [goto for do in choices[name].do for goto in do.goto.items() if goto[0] != place.region]
            for region, path in gotos[:1]:
                target = self._names[f"{region}.{path}"]
                if name not in ways and words[self._words(name)] == 1 and _can_stand(self._words(name), target):
                    yield name, target

    def _plainly_named(self, place: Place) -> bool:
        """Whether the importer would give the choices here their names again from the links alone."""
        linked = [name for name, _ in self._links[place.full]]
        return linked == list(place.node.offers) and all(
            slug(self._words(name), "choice") == name and self._regions(name) == {place.region} for name in linked
        )

    def _regions(self, choice: str) -> set[str]:
        return {place.region for place in self._places if choice in place.node.offers}

    def _words(self, choice: str) -> str:
        return " ".join(self._scenario.choices[choice].text.split())

    def _target(self, place: Place, target: str) -> str:
        path = resolve(self._scenario, place.region, place.path, target)
        return self._names[f"{place.region}.{path}"]


def _passage_names(everything: Iterable[Place]) -> dict[str, str]:
    """A name for each node's passage: its own where the importer makes the same of it, else with its region."""
    listed = list(everything)
    paths = Counter(place.path for place in listed)
    return {
        place.full: place.path if paths[place.path] == 1 and slug(place.path, "node") == place.path else place.full
        for place in listed
    }


def _choice_of(way: Transition) -> str | None:
    """The choice that alone takes this way, if it is one."""
    tree = way.when.tree if way.when is not None else None
    plain = isinstance(tree, Happened) and tree.kind == "choice" and way.after is None and len(way.to) == 1
    return tree.name if plain and isinstance(tree, Happened) else None


def _can_stand(words: str, target: str) -> bool:
    """Whether a link with these words reads as it is meant."""
    links, _, left = split_links(SourceLine(1, f"[[{words}->{target}]]"))
    return [(link.label, link.target, link.setter) for link in links] == [(words, target, "")] and not left


def _ifid(identifier: str) -> str:
    """The same for the same scenario, in the form that Twine's tools insist on."""
    return str(uuid.UUID(bytes=hashlib.sha256(identifier.encode()).digest()[:16], version=4)).upper()
