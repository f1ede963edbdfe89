"""``talkdown scenario play``: a scenario in the terminal, without a server."""

import secrets
import sys
import time
from contextlib import suppress
from typing import Annotated, Final

import typer
from rich.live import Live

from scenario_assets.authoring.game import BACK, NEARER, WAIT, Game
from scenario_assets.language import load, localised
from session_server.cli.options import ScenarioArgument, scenario_file
from session_server.cli.scenario.keyboard import Keyboard, keyboard
from session_server.cli.scenario.screen import clock, path_taken, screen, transcript, welcome
from session_server.cli.terminal import console

#: How often the screen is drawn and keys are looked for while time runs.
_FRAME_S: Final = 0.1
#: A process that was held up does not make up for more than this.
_LONGEST_FRAME_S: Final = 1.0
#: Keys that mean the same as one of the game's.
_SAME: Final = {"up": NEARER, "down": BACK, "\n": WAIT, "=": NEARER, "_": BACK}


def play(
    file: ScenarioArgument,
    seed: Annotated[
        int | None, typer.Option(min=0, help="The session's seed, to play the same again; drawn unless given.")
    ] = None,
    policy: Annotated[str | None, typer.Option(help="Watch this scripted trainee play.")] = None,
    turns: Annotated[bool, typer.Option("--turns", help="Time stands still until you do something, or wait.")] = False,
    speed: Annotated[float, typer.Option(min=0.1, max=100, help="How many times faster than real time.")] = 1.0,
    show_states: Annotated[
        bool, typer.Option("--show-states", help="Show what goes on inside: states, nodes, and why.")
    ] = False,
    locale: Annotated[str | None, typer.Option(help="Play in this language, if the scenario speaks it.")] = None,
) -> None:
    """Play a scenario in the terminal, by the keys of its choices, acts and radio requests.

    + and - (or arrows) step half a metre nearer or back; / goes behind cover;
    ! is loud, or normal again; the space bar waits; Ctrl-C stops;
    : and a key mark what you said in your own words; ; and a key inject something.

    There is no microphone: what you choose counts as spoken while it takes to say.
    At the end stand the way taken through the nodes, and all that was said and done.
    """
    scenario = localised(load(scenario_file(file)), locale)
    drawn = secrets.randbits(31) if seed is None else seed
    game = Game(scenario, seed=drawn, policy=policy)
    if not (sys.stdin.isatty() and console.is_terminal):
        raise OSError("play needs a terminal; `talkdown scenario simulate` does without")
    with suppress(KeyboardInterrupt, EOFError), keyboard() as keys:
        console.print(welcome(game))
        if policy is None:
            console.print("\nPress any key to begin.", style="bold")
            keys.read(None)
        with Live(console=console, screen=True, auto_refresh=False) as live:
            _play(game, keys, live, speed=None if turns else speed, inside=show_states)
    ended = scenario.outcomes[game.outcome].text if game.outcome is not None else "you stopped"
    console.print(f"\nAt {clock(game.now)}: {ended}.\n", style="bold", markup=False)
    console.print(path_taken(game))
    console.print()
    for line in transcript(game):  # the screen that showed it is gone
        console.print(line, soft_wrap=True)
    console.print(f"\nThe same again: --seed {drawn}", markup=False)


def _play(game: Game, keys: Keyboard, live: Live, *, speed: float | None, inside: bool) -> None:
    """Play until the end; time runs at this speed, or stands between keys without one."""
    problem, behind, last = "", 0.0, time.monotonic()
    while game.outcome is None:
        live.update(screen(game, live.console, inside=inside, problem=problem), refresh=True)
        key = keys.read(None if speed is None else _FRAME_S)
        if key is not None:
            named = _SAME.get(key, key) if game.asking is None else key
            problem = game.turn(named) if speed is None else game.press(named)
        if speed is not None:
            now = time.monotonic()
            behind += min(now - last, _LONGEST_FRAME_S) * speed * 1000
            last, before = now, game.now
            game.advance(int(behind))
            behind -= game.now - before
