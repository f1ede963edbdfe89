"""A draft as the text of a scenario file that an author goes on with.

What the format asks for and the story does not say stands there as a plain default, marked ``Decide``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Final

from scenario_assets.importers.naming import identifier
from scenario_assets.importers.plan import Draft
from scenario_assets.importers.story import Passage, Story, shown
from scenario_assets.importers.supply import AGITATION, Supply, helper, supply
from scenario_assets.importers.written import delay, entry, listing, scalar, table, transition
from scenario_assets.language.behaviour import Do, Media, Node
from scenario_assets.language.document import FORMAT
from scenario_assets.language.staging import Actor
from scenario_assets.language.trainee import Choice
from scenario_assets.language.units import plain
from scenario_assets.language.values import Point

#: How a scenario ends when nothing else ends it.
LIMIT_OUTCOME: Final = "time_is_up"


def write(draft: Draft, story: Story, source: str) -> str:
    """The scenario file; ``source`` is the name of the story's file. The draft must have a region."""
    asked = supply((node for nodes in draft.regions.values() for node in nodes.values()), draft.choices)
    parts = (
        _head(draft, asked, story, source), _place(), _people(draft), _measures(draft, asked), _regions(draft),
        _words(draft), _happenings(asked), _endings(draft), _judging(draft), _trials(draft), _layout(draft),
    )  # fmt: skip
    return "\n".join(line for part in parts for line in part) + "\n"


def _head(draft: Draft, asked: Supply, story: Story, source: str) -> Iterator[str]:
    made_with = " ".join(part for part in (story.format, story.format_version) if part)
    told = f"story {shown(story.title)}" + (f" for {shown(made_with)}" if made_with else "")
    yield f"# Made from {shown(source)}, the Twine {told}."
    yield "# What is marked `Decide` the story does not say; a plain default stands there until you decide."
    yield "# How to read and change this file: scenario_assets/README.md"
    yield f"format: {FORMAT}"
    yield f"id: {scalar(identifier(story.title))}"
    title = " ".join(story.title.split()) or "An imported story"
    yield from entry("title", title, 0)
    yield "locale: en  # Decide: the language of the texts"
    default = "This scenario was made from a Twine story. Its author has not yet said what is known beforehand."
    yield from entry(
        "briefing", draft.briefing or default, 0, "" if draft.briefing else "Decide: what the trainee is told"
    )
    yield "objectives: []  # Decide: what is practised here, one line each"
    yield "warnings:  # Decide: what people must agree to before they begin"
    yield "  - {topic: mental-health-crisis, level: moderate}"
    yield "seed: 1"
    yield f"limit: {{after: {delay(asked.limit)}, end: {LIMIT_OUTCOME}}}  # Decide: how long at most, how it ends then"
    yield f"start: {table({region: scalar(node) for region, node in _keys(draft.start).items()})}"


def _place() -> Iterator[str]:
    yield ""
    yield "scene:  # Decide: the place. Metres; [x, z], -z is ahead of the trainee"
    yield "  setting: street"
    yield "  bounds: {x: [-8, 8], z: [-8, 8]}"
    yield "  starts: {trainee: {at: [0, 5], yaw: 0}}"


def _people(draft: Draft) -> Iterator[str]:
    yield ""
    yield "actors:  # Decide: names and roles, and who stands where; without `at` somebody is only heard"
    for name, actor in draft.actors.items():
        yield f"  {scalar(name)}: {_actor(actor)}"


def _actor(actor: Actor) -> str:
    parts = {"name": scalar(actor.name), "role": scalar(actor.role)}
    if isinstance(actor.at, tuple):
        parts["at"] = _point(actor.at)
    if actor.facing is not None:
        parts["facing"] = scalar(actor.facing)
    if isinstance(actor.arousal, str):
        parts["arousal"] = scalar(actor.arousal)
    return table(parts)


def _measures(draft: Draft, asked: Supply) -> Iterator[str]:
    source = f"trainee.distance_to.{draft.person}"
    yield ""
    yield "signals:  # what guards may read"
    yield f"  distance: {{source: {source}, unit: m, range: [0, 20], step: 0.05, stale_after: 500 ms}}"
    yield "  voice: {source: trainee.voice_rel_baseline, unit: LU, range: [-60, 40], step: 0.5, stale_after: 500 ms}"
    yield "  speaking: {source: trainee.speaking, type: bool, stale_after: 500 ms}"
    yield ""
    yield "dynamics:  # Decide: where each begins, and what raises and lowers it"
    for name in asked.states:
        yield f"  {scalar(name)}:"
        yield "    initial: 50"
        yield "    range: [0, 100]"
        yield "    drives: []  # such as {when: distance < 2 m for 1 s, rate: +3 /s, label: crowding}"
    if asked.facts:
        yield ""
        yield "facts:  # Decide: what the seed draws for each session, and how often each value"
        yield from (f"  {scalar(name)}: {_drawn(values)}" for name, values in asked.facts.items())


def _drawn(values: Sequence[str]) -> str:
    """Values with equal shares; one alone gets company, or it would be no draw."""
    all_values = [*values, "otherwise"] if len(values) == 1 else list(values)
    share = round(1 / len(all_values), 6)
    shares = [share] * (len(all_values) - 1)
    weights = [*shares, round(1 - sum(shares), 6)]
    return listing(table({scalar(name): plain(weight)}) for name, weight in zip(all_values, weights, strict=True))


def _regions(draft: Draft) -> Iterator[str]:
    yield ""
    yield "regions:"
    for region, nodes in draft.regions.items():
        yield f"  {scalar(region)}:"
        for name, node in nodes.items():
            yield from _node(name, node, draft.origins[f"{region}.{name}"])


def _node(name: str, node: Node, origin: Passage) -> Iterator[str]:
    yield f"    {scalar(name)}:  # {shown(origin.name)}, line {origin.line}"
    empty = True
    for line in _inside(node):
        empty = False
        yield line
    if empty:
        yield "      next: []"


def _inside(node: Node) -> Iterator[str]:
    pad = " " * 6
    if node.note is not None:
        yield from entry("note", node.note, 6)
    if node.media is not None:
        yield f"{pad}media: {_media(node.media)}{_missing(node.media)}"
    if node.enter:
        yield f"{pad}enter: {{{_say(node.enter[0])}}}"
    if node.cues:
        yield f"{pad}cues:"
        for cue in node.cues:
            if cue.at is not None:
                yield f"{pad}  - {{at: {delay(cue.at)}, {_say(cue)}}}"
    if node.offers:
        yield f"{pad}offers: {listing(scalar(name) for name in node.offers)}"
    if node.next:
        yield f"{pad}next:"
        yield from (f"{pad}  - {transition(way)}" for way in node.next)
    if node.end is not None:
        yield f"{pad}end: {scalar(node.end)}"


def _say(do: Do) -> str:
    return f"say: {scalar(do.say[0])}"


def _media(media: Media) -> str:
    named = {item.name: getattr(media, item.name) for item in fields(media)}
    parts = {name: scalar(value) for name, value in named.items() if isinstance(value, str)}
    parts |= {"loop": "true"} if media.loop else {}
    parts |= {"flashing": str(media.flashing).lower()} if media.flashing is not None else {}
    return table(parts)


def _missing(media: Media) -> str:
    """What the check asks of a film, and nobody but its author can say."""
    asked = ["stereo"] if media.video360 is not None and media.stereo is None else []
    asked += ["flashing"] if media.film is not None and media.flashing is None else []
    return f"  # Decide: {' and '.join(asked)}" if asked else ""


def _words(draft: Draft) -> Iterator[str]:
    if draft.choices:
        yield ""
        yield "choices:  # what the trainee may say or do; `said` tells of which kind it is (see README)"
        for name, choice in draft.choices.items():
            yield f"  {scalar(name)}: {_choice(choice)}"
    if draft.lines:
        yield ""
        yield "lines:"
        for name, line in draft.lines.items():
            parts = {"actor": scalar(line.actor), "text": scalar(line.text)}
            yield f"  {scalar(name)}: {table(parts)}"


def _choice(choice: Choice) -> str:
    parts = {"key": f'"{choice.key}"', "text": scalar(choice.text)}
    if choice.when is not None:
        parts["when"] = scalar(choice.when.text)
    for do in choice.do:
        goto = {region: scalar(node) for region, node in _keys(do.goto).items()}
        parts["do"] = table({"goto": table(goto)})
    return table(parts)


def _happenings(asked: Supply) -> Iterator[str]:
    kinds = (
        ("said", asked.said, "kinds of utterance, marked by an instructor or told by a choice's `said`"),
        ("acts", asked.acts, "what the trainee does"),
        ("injects", asked.injects, "what the instructor throws in"),
        ("radio", asked.radio, "who can be asked for"),
    )
    for kind, names, what in kinds:
        if names:
            yield ""
            yield f"{kind}:  # {what}; conditions of the story speak of them. Decide: the words"
            for name, key in names.items():
                parts = {"key": f'"{key}"', "text": scalar(_spoken(name))}
                yield f"  {scalar(name)}: {table(parts | ({'kind': helper(name)} if kind == 'radio' else {}))}"


def _spoken(name: str) -> str:
    """A name as words."""
    return name.strip("_").replace("_", " ").capitalize() or name


def _endings(draft: Draft) -> Iterator[str]:
    limit = draft.outcomes.get(LIMIT_OUTCOME, "Time is up before anything else has ended it")
    yield ""
    yield "outcomes:  # Decide: the report's words; good, mixed or poor; and the worth of each, from 0 to 1"
    for name, text in (dict(draft.outcomes) | {LIMIT_OUTCOME: limit}).items():
        parts = {"text": scalar(text), "direction": "mixed", "disposition": "0.5"}
        yield f"  {scalar(name)}: {table(parts)}"


def _judging(draft: Draft) -> Iterator[str]:
    yield ""
    yield "scoring:"
    yield f"  person: {scalar(draft.person)}"
    yield f"  outcome: {{state: {AGITATION}, direction: down}}"
    yield "  distance: {calm: 1.2 m, agitated: 2 m}  # Decide; nodes say which with `threat: calm`"


def _trials(draft: Draft) -> Iterator[str]:
    """Scripted trainees, so that the story can be simulated at once."""
    yield ""
    yield "policies:  # scripted trainees; Decide: how a good one goes about it, and add what to `expect`"
    yield "  waits: {note: Says and does nothing.}"
    if draft.choices:
        yield from _chooser("takes_first", "Takes the first that is offered, in the order of the story.", draft.choices)
        backwards = list(draft.choices)[::-1]
        yield from _chooser("takes_last", "Takes the last that is offered, in the order of the story.", backwards)


def _chooser(name: str, note: str, choices: Iterable[str]) -> Iterator[str]:
    yield f"  {name}:"
    yield f"    note: {scalar(note)}"
    yield "    steps:"
    yield "      - at: 5 s"
    yield "        every: 10 s"
    yield "        choose:"
    yield from (f"          - {scalar(choice)}" for choice in choices)


def _layout(draft: Draft) -> Iterator[str]:
    if draft.layout:
        yield ""
        yield "layout:  # where Twine showed the passages; only editors look at it"
        yield from (f"  {scalar(path)}: {_point(at)}" for path, at in draft.layout.items())


def _point(at: Point) -> str:
    return listing(plain(one) for one in at)


def _keys(entries: Mapping[str, str]) -> dict[str, str]:
    return {scalar(name): value for name, value in entries.items()}
