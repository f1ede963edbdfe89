"""Who speaks in a story, and their words as lines of the scenario."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from scenario_assets.importers.content import Speech
from scenario_assets.importers.naming import Names, slug
from scenario_assets.importers.story import Passage, Report, shown
from scenario_assets.importers.supply import AGITATION
from scenario_assets.language.staging import Actor, Line

#: The role that says whom the scenario is about.
PERSON_ROLE = "the person"
#: What a caption can show (S040).
_CAPTION_CHARACTERS = 160

_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")


def read_cast(passages: Iterable[Passage], report: Report) -> dict[str, str]:
    """Names and roles from the passages tagged `cast`, a line ``Name: role`` for each."""
    roles: dict[str, str] = {}
    for passage in passages:
        for line in passage.lines:
            name, _, role = line.text.partition(":")
            if name.strip() and role.strip():
                roles.setdefault(" ".join(name.split()), role.strip())
            elif line.text.strip():
                report.tell(line.number, f"{shown(line.text.strip())} in the cast is no `Name: role` and is left out")
    return roles


class Speakers:
    """Gathers the actors and their lines; whom the cast does not name comes in when first heard."""

    def __init__(self, cast: Mapping[str, str]) -> None:
        self._names = Names()
        self._line_names = Names()
        self._ids: dict[str, str] = {}
        self._count: Counter[str] = Counter()
        self.actors: dict[str, Actor] = {}
        self.lines: dict[str, Line] = {}
        for name, role in cast.items():
            self._actor(name, role)

    def say(self, speech: Speech) -> list[str]:
        """The names of the lines that these words become: one, or several where a caption cannot hold them."""
        actor = self._ids.get(speech.speaker) or self._actor(speech.speaker, "somebody in the scene")
        said: list[str] = []
        for words in captions(speech.words):
            self._count[actor] += 1
            name = self._line_names.new(f"{actor}_{self._count[actor]}")
            self.lines[name] = Line(actor=actor, text=words)
            said.append(name)
        return said

    def person(self) -> str:
        """Whom the scenario is about: by the role in the cast, or the first one; put into the scene there."""
        roles = {name: actor.role.lower() for name, actor in self.actors.items()}
        person = next((name for name, role in roles.items() if PERSON_ROLE in role), next(iter(roles), None))
        if person is None:
            person = self._actor("The person", PERSON_ROLE)
        known = self.actors[person]
        role = known.role if PERSON_ROLE in known.role.lower() else PERSON_ROLE
        self.actors[person] = Actor(name=known.name, role=role, at=(0.0, -2.0), facing="trainee", arousal=AGITATION)
        return person

    def _actor(self, name: str, role: str) -> str:
        ident = self._names.new(slug(name, "actor"))
        self._ids[name] = ident
        self.actors[ident] = Actor(name=name, role=role)
        return ident


def captions(words: str) -> Iterator[str]:
    """The words in pieces that fit a caption, cut behind sentences, else between words, else anywhere."""
    piece = ""
    for sentence in _SENTENCE_END.split(words):
        for part in _short(sentence):
            joined = f"{piece} {part}" if piece else part
            if len(joined) <= _CAPTION_CHARACTERS:
                piece = joined
            else:
                yield piece
                piece = part
    if piece:
        yield piece


def _short(sentence: str) -> Iterator[str]:
    """A sentence that fits as it is, a longer one word by word."""
    if len(sentence) <= _CAPTION_CHARACTERS:
        yield sentence
        return
    for word in sentence.split():
        for start in range(0, len(word), _CAPTION_CHARACTERS):
            yield word[start : start + _CAPTION_CHARACTERS]
