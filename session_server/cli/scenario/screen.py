"""What a game looks like on a terminal: what was said above, who is there and what can be done below."""

from collections.abc import Iterable, Iterator
from typing import Final

from rich.console import Console, Group
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from scenario_assets.authoring.game import CONTROLS, INJECT, WAIT, Game, Told
from scenario_assets.authoring.view import Offer, Seen, View, look
from scenario_assets.language.review import UNREVIEWED
from scenario_assets.runtime import Branch

#: Names in the transcript are cut to this.
_NAME: Final = 16
_STOP: Final = "Ctrl-C stop"
_BETWEEN: Final = "   "
#: At least so much of what was said stays in sight, however small the terminal.
_LEAST: Final = 3


def welcome(game: Game) -> Group:
    """What is to be known before the start: the warnings first."""
    scenario = game.scenario
    warnings = ", ".join(f"{notice.topic.replace('-', ' ')} ({notice.level})" for notice in scenario.warnings)
    parts = [
        Text(scenario.title, style="bold"),
        Text.assemble(("Content: ", "bold"), warnings or "no warnings"),
        Text("You can stop at any moment with Ctrl-C."),
        Text(""),
        Text("\n\n".join(" ".join(part.split()) for part in scenario.briefing.strip().split("\n\n"))),
    ]
    if not scenario.reviewed_by:
        parts += [Text(""), Text(f"This scenario is {UNREVIEWED}.", style="dim")]
    return Group(*parts)


def clock(ms: float) -> str:
    """Minutes and seconds: ``7:05``."""
    minutes, seconds = divmod(int(ms / 1000), 60)
    return f"{minutes}:{seconds:02}"


def screen(game: Game, console: Console, *, inside: bool, problem: str) -> Group:
    """The whole screen; ``inside`` shows what goes on in the person, ``problem`` what was wrong with a key."""
    view, width = look(game), console.width
    below = [line for part in _below(game, view, width, inside, problem) for line in part.wrap(console, width)]
    limit = clock(game.scenario.limit.after)
    head = Table.grid(expand=True)
    head.add_column(no_wrap=True, overflow="ellipsis")
    head.add_column(justify="right", no_wrap=True)
    head.add_row(Text(game.scenario.title, style="bold"), Text(f"{clock(view.ms)} of {limit}"))
    room = max(_LEAST, console.height - len(below) - 3)
    said = list(_wrapped(game.told, console, inside))[-room:]
    padding = [Text("")] * (room - len(said))
    return Group(head, Rule(style="dim"), *padding, *said, Rule(style="dim"), *below)


def path_taken(game: Game) -> Table:
    """Which way the session took through the nodes, and why."""
    table = Table("at", "region", "from", "to", "because", box=None, pad_edge=False, header_style="dim")
    for effect in game.session.log:
        if isinstance(effect, Branch):
            cells = (clock(effect.at_ms), effect.region, effect.source, effect.target, effect.label)
            table.add_row(*map(Text, cells))
    return table


def transcript(game: Game) -> Iterator[Text]:
    """Who said what and when, and what you chose and did: a line each, however long."""
    for one in game.told:
        if not one.hidden:
            yield Text(f"{clock(one.ms):>5}  {one.who}: {' '.join(one.words.split())}")


def _wrapped(told: Iterable[Told], console: Console, inside: bool) -> Iterator[Text]:
    for one in told:
        if one.hidden and not inside:
            continue
        style = "dim" if one.hidden else "cyan" if one.who == "You" else ""
        text = Text(f"{one.words}", style=style)
        head = Text(f"{clock(one.ms):>5}  {one.who[:_NAME]:{_NAME}} ", style=style or "bold")
        lines = text.wrap(console, max(20, console.width - len(head)))
        for number, line in enumerate(lines):
            yield (head if number == 0 else Text(" " * len(head))) + line


def _below(game: Game, view: View, width: int, inside: bool, problem: str) -> Iterator[Text]:
    yield from map(_person, view.people)
    if game.player is not None:
        hidden = f"Hidden: {view.covered * 100:.0f} %" if game.scenario.scene.cover else ""
        loud = "You speak LOUDLY" if view.loud else ""
        told = ", ".join(filter(None, (hidden, loud)))
        yield Text(told, style="cyan")
    if inside:
        yield from _inside(view, width)
    yield Text("")
    if view.asked:
        yield from _packed(["Which?", *map(_named, view.asked)], width)
    elif game.player is not None:
        yield from (Text.assemble((f"{offer.key}  ", "bold green"), offer.words) for offer in view.choices)
        yield from _packed(map(_named, view.others), width)
        yield from _packed([_control(key) for key in CONTROLS] + [_STOP], width, "dim")
    else:
        yield from _packed([_control(WAIT), _control(INJECT), _STOP], width, "dim")
    yield Text(problem, style="yellow")


def _person(seen: Seen) -> Text:
    near = f", near {seen.near}" if seen.near else ""
    text = Text(seen.name, style="bold")
    return text + Text(f" ({seen.role}) {seen.distance:.1f} m away{near}; {seen.doing}", style="not bold")


def _inside(view: View, width: int) -> Iterator[Text]:
    for inner in view.inner:
        yield Text(f"{inner.name} {inner.value:.1f}  {inner.rate:+.2f} /s  {inner.why}", style="magenta")
    yield from _packed([f"{region}: {node}" for region, node in view.nodes.items()], width, "magenta")


def _named(offer: Offer) -> str:
    return f"{offer.key} {offer.words}" + (f" [{offer.status}]" if offer.status else "")


def _control(key: str) -> str:
    return f"{'space' if key == WAIT else key} {CONTROLS[key]}"


def _packed(items: Iterable[str], width: int, style: str = "") -> Iterator[Text]:
    """Several to a line, none of them broken where that can be helped."""
    line = ""
    for item in items:
        if line and len(line) + len(_BETWEEN) + len(item) > width:
            yield Text(line, style=style)
            line = ""
        line = f"{line}{_BETWEEN}{item}" if line else item
    if line:
        yield Text(line, style=style)
