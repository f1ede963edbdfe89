"""The nodes of a scenario, each made of a passage of the story."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from scenario_assets.importers.choosing import Choices
from scenario_assets.importers.content import Content, Setting, Speech
from scenario_assets.importers.links import Link
from scenario_assets.importers.naming import Names, is_name, slug
from scenario_assets.importers.parts import END, REGION, Parts, Spot
from scenario_assets.importers.speakers import Speakers
from scenario_assets.importers.story import Report, shown
from scenario_assets.importers.vars_section import AFTER, MEDIA, OFFER, WHEN, read_media, read_way, verb
from scenario_assets.language.behaviour import Cue, Do, Media, Node, Transition
from scenario_assets.language.guard_tree import Happened
from scenario_assets.language.trainee import Choice
from scenario_assets.language.values import Guard, Span, Target
from scenario_assets.runtime.cast import speaking_ms

#: Between two lines that a passage has one after the other.
_PAUSE_MS = 700
_ROUND_MS = 100


@dataclass(frozen=True, slots=True)
class _Begun:
    """A node before it is known for which choices there is a key.

    Its ways out, each with the choice that takes it, or nothing.
    """

    node: Node
    offers: tuple[str, ...] = ()
    ways: tuple[tuple[str, Transition], ...] = ()


class Nodes:
    """Makes all nodes of a story, their choices and their endings."""

    def __init__(self, parts: Parts, contents: Mapping[str, Content], speakers: Speakers, report: Report) -> None:
        self._spots = parts.spots
        self._targets = parts.by_name()
        self._contents = contents
        self._speakers = speakers
        self._report = report
        self._named = self._named_choices()
        self._choices = Choices(self._named, report)
        self._endings = Names(spot.outcome for spot in parts.spots if spot.outcome)
        #: Name -> what the report may say of it.
        self.outcomes: dict[str, str] = {}
        begun = [(spot, self._begin(spot, contents[spot.path])) for spot in parts.spots]
        self.choices: Mapping[str, Choice] = self._choices.table()
        self._begun = begun

    def regions(self) -> dict[str, dict[str, Node]]:
        """The nodes by region and name, in the order of the story."""
        regions: dict[str, dict[str, Node]] = {}
        for spot, begun in self._begun:
            regions.setdefault(spot.region, {})[spot.name] = replace(
                begun.node, offers=tuple(name for name in begun.offers if name in self.choices),
                next=tuple(way for name, way in begun.ways if not name or name in self.choices),
            )  # fmt: skip
        return regions

    def _named_choices(self) -> dict[str, str]:
        """The choices that settings name, with their words; the first setting counts."""
        named: dict[str, str] = {}
        for spot in self._spots:
            for setting in self._contents[spot.path].settings:
                what, name = verb(setting)
                if what == OFFER and is_name(name) and setting.value:
                    words = named.setdefault(name, setting.value)
                    if words != setting.value:
                        told = f"the choice {shown(name)} reads {shown(words)} already; these words are left out"
                        self._report.tell(setting.line, told)
        return named

    # -- a node ---

    def _begin(self, spot: Spot, content: Content) -> _Begun:
        if spot.outcome:
            return _Begun(self._ending(spot, content, spot.outcome))
        media: Media | None = None
        offers: dict[str, None] = {}
        ways: list[tuple[str, Transition]] = []
        for setting in content.settings:
            what, name = verb(setting)
            if what in (WHEN, AFTER):
                way = self._timed(spot, setting, name)
                ways += [("", way)] if way is not None else []
            elif what == OFFER and name in self._named:
                self._choices.offer(spot, name, setting.line)
                offers[name] = None
            elif what == MEDIA:
                media = read_media(setting, self._report)
            else:
                self._variable(setting)
        for name, taken in self._linked(spot, content.links, tuple(offers)):
            offers[name] = None
            ways.extend((name, way) for way in taken)
        leads = content.links or any(verb(setting)[0] in (WHEN, AFTER, OFFER) for setting in content.settings)
        if content.whole and not leads and not spot.placed:
            return _Begun(self._ending(spot, content, self._unnamed(spot)))
        first, later = self._spoken(content.speech)
        node = Node(note=content.prose or None, media=media, enter=first, cues=later)
        return _Begun(node, tuple(offers), tuple(ways))

    def _variable(self, setting: Setting) -> None:
        told = f"the variable {shown(setting.name)} of the vars section has no counterpart here and is left out"
        self._report.tell(setting.line, told)

    def _unnamed(self, spot: Spot) -> str:
        """An outcome for a passage that leads nowhere, and that no tag puts into a region to stay there."""
        outcome = self._endings.new(slug(spot.passage.name, "outcome"))
        told = (
            f"nothing leads on from {shown(spot.passage.name)}, so it ends the scenario as {outcome!r}; tag it "
            f"`{END}...` to name the ending, or `{REGION}{spot.region}` to let it stay there"
        )
        self._report.tell(spot.passage.line, told)
        return outcome

    def _ending(self, spot: Spot, content: Content, outcome: str) -> Node:
        self.outcomes.setdefault(outcome, " ".join(spot.passage.name.split()))
        media: Media | None = None
        for setting in content.settings:
            what, _ = verb(setting)
            if what == MEDIA:
                media = read_media(setting, self._report)
            elif what:
                self._report.tell(setting.line, f"an ending has no ways on; {shown(setting.name)} is left out")
            else:
                self._variable(setting)
        for link in content.links:
            told = f"an ending has no ways on; the link to {shown(link.target)} is left out"
            self._report.tell(link.line, told)
        note = [content.prose] if content.prose else []
        for speech in content.speech[1:]:
            told = "an ending is over after one line; these words stand in its note"
            self._report.tell(speech.line, told)
            note.append(f'{speech.speaker}: "{speech.words}"')
        first, later = self._spoken(content.speech[:1])
        return Node(note="\n\n".join(note) or None, media=media, enter=first, cues=later, end=outcome)

    def _spoken(self, speech: Iterable[Speech]) -> tuple[tuple[Do, ...], tuple[Cue, ...]]:
        """The first line on entering, the others one after the other."""
        lines = [name for said in speech for name in self._speakers.say(said)]
        cues: list[Cue] = []
        at = 0
        for before, name in pairwise(lines):
            at += speaking_ms(self._speakers.lines[before].text) + _PAUSE_MS
            due = float(round(at / _ROUND_MS) * _ROUND_MS)
            cues.append(Cue(at=Span(due, due), say=(name,)))
        return tuple(Do(say=(name,)) for name in lines[:1]), tuple(cues)

    # -- ways on ---

    def _timed(self, spot: Spot, setting: Setting, name: str) -> Transition | None:
        """The way that a setting ``when`` or ``after`` describes; only inside the region."""
        target = self._target(spot, name, setting.line)
        if target is None:
            return None
        if target.region != spot.region:
            told = (
                f"{shown(setting.name)} leads to another region, which only a choice can; left out. Let the node there "
                f"wait for it: `when {target.passage.name}: node({spot.path}) and ...`"
            )
            self._report.tell(setting.line, told)
            return None
        return read_way(setting, target.name, self._report)

    def _linked(
        self, spot: Spot, links: Iterable[Link], offers: Iterable[str]
    ) -> Iterator[tuple[str, tuple[Transition, ...]]]:
        """The choices of the links in a passage, each with the way it takes in this region."""
        offered = {self._named[name]: name for name in offers}
        taken: dict[str, set[str]] = {}  # words -> the nodes they lead to
        for link in links:
            target = self._target(spot, link.target, link.line)
            if target is None or target.path in taken.get(link.label, ()):
                continue
            sends = target if target.region != spot.region else None
            twice = link.label in taken
            taken.setdefault(link.label, set()).add(target.path)
            if link.label in offered and not twice:
                name = offered[link.label]
                if sends is not None:
                    self._choices.send(name, sends, link.line)
            else:
                name = self._choices.link(spot, link.label, link.line, sends=sends, apart=target.path if twice else "")
            if twice:
                told = f"two links here read {shown(link.label)}; they became two choices, give them words of their own"
                self._report.tell(link.line, told)
            yield name, () if sends is not None else (_chosen(name, target),)

    def _target(self, spot: Spot, name: str, line: int) -> Spot | None:
        found = self._targets.get(" ".join(name.split()))
        if found is None:
            told = f"{shown(spot.passage.name)} leads to {shown(name)}, but no node has this name; the way is left out"
            self._report.tell(line, told)
        return found


def _chosen(name: str, target: Spot) -> Transition:
    return Transition(when=Guard(f"choice({name})", Happened("choice", name)), to=(Target(target.name, 1.0),))
