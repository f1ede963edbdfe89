"""Playing in the terminal: what the screen shows, and that the terminal is left as it was found."""

import fcntl
import io
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from scenario_assets import library
from scenario_assets.authoring.game import INJECT, NEARER, WAIT, Game
from session_server.cli.scenario.keyboard import Keyboard
from session_server.cli.scenario.screen import path_taken, screen, welcome
from tests.scenario_assets.texts import SMALL, small

SHELTER = library.load("bus-shelter")
#: Longer than any step takes on a slow machine; nothing waits this long.
PATIENCE_S = 60


def shown(game: Game, *, width: int = 100, height: int = 30, inside: bool = False, problem: str = "") -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(screen(game, console, inside=inside, problem=problem))
    return [line.rstrip() for line in captured.get().splitlines()]


# -- the screen ---


@pytest.mark.parametrize(("width", "height"), [(80, 24), (100, 30), (200, 60)])
def test_the_screen_fills_the_terminal_and_no_more(width: int, height: int) -> None:
    game = Game(SHELTER, seed=3)
    for _ in range(12):
        game.turn(WAIT)
    lines = shown(game, width=width, height=height)
    assert len(lines) == height
    assert max(map(len, lines)) <= width


def test_the_screen_tells_who_what_and_how() -> None:
    game = Game(SHELTER, seed=3)
    game.turn(WAIT)
    game.turn("r")
    text = "\n".join(shown(game))
    assert " 0:01  Daniel           Slow down! You can hear me." in text
    assert re.search(r"Daniel \(the person\) \d\.\d m away, near kerb", text)
    assert "1  Hi. I'm with the police." in text
    assert "r Ask for a co-responder (clinician) [requested]" in text
    assert "+ nearer   - back   / cover   ! loud   space wait" in text
    assert "Hidden: 0 %" in text
    assert "agitation" not in text
    assert "not now" in shown(game, problem="not now")[-1]


def test_states_nodes_and_branches_are_shown_only_to_who_asks() -> None:
    game = Game(SHELTER, seed=3)
    game.advance(46_000)
    text = "\n".join(shown(game, inside=True))
    assert re.search(r"^agitation \d+\.\d  [+-]\d\.\d\d /s  ", text, re.MULTILINE)
    assert "person: wary   bystander: " in text
    assert "at_the_kerb -> wary (sees the officer at last)" in text
    assert "wary" not in "\n".join(shown(game))


def test_a_key_that_waits_for_another_lists_what_it_may_be() -> None:
    game = Game(SHELTER, seed=3)
    game.press(INJECT)
    text = "\n".join(shown(game))
    assert "Which?   s A siren passes   p His phone rings" in text
    assert "Hi. I'm with the police" not in text


def test_who_watches_a_scripted_trainee_is_offered_nothing_to_do() -> None:
    text = "\n".join(shown(Game(SHELTER, seed=3, policy="do_nothing")))
    assert "space wait   ; inject   Ctrl-C stop" in text
    assert "Hi. I'm with the police" not in text


def test_warnings_come_first() -> None:
    console = Console(file=io.StringIO(), width=100)
    with console.capture() as captured:
        console.print(welcome(Game(SHELTER, seed=1)))
    lines = captured.get().splitlines()
    assert lines[1].startswith("Content: mental health crisis (moderate), bereavement (mild)")
    assert "not reviewed by clinicians or people with lived experience" in captured.get()


def test_the_path_taken_is_told_with_its_reasons() -> None:
    game = Game(SHELTER, seed=3)
    game.advance(60_000)
    console = Console(file=io.StringIO(), width=100)
    with console.capture() as captured:
        console.print(path_taken(game))
    assert re.search(r"0:45\s+person\s+at_the_kerb\s+wary\s+sees the officer at last", captured.get())


# -- keys ---


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def test_keys_come_one_by_one_and_arrows_by_name(pipe: tuple[int, int]) -> None:
    source, sink = pipe
    keys = Keyboard(source)
    assert keys.read(0) is None
    os.write(sink, b"a+")
    assert [keys.read(0), keys.read(0), keys.read(0)] == ["a", "+", None]
    for sent, name in [(b"\x1b[A", "up"), (b"\x1b[B", "down"), (b"\r", "\n"), ("ü".encode(), "ü")]:
        os.write(sink, sent)
        assert keys.read(0) == name
    os.write(sink, b"\x1b[5~")
    assert keys.read(0) is None


def test_a_closed_terminal_is_an_end(pipe: tuple[int, int]) -> None:
    source, sink = os.pipe()
    os.close(sink)
    with pytest.raises(EOFError, match="the terminal is closed"):
        Keyboard(source).read(0)
    os.close(source)


# -- in a real terminal ---


def _own_terminal() -> None:
    """Make standard input the controlling terminal, so that Ctrl-C is a signal, also where a shell's `&` ignored it."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """``talkdown scenario play`` in a terminal of its own."""

    def __init__(self, file: Path, *options: str) -> None:
        self.leader, self._follower = pty.openpty()
        self.before = self.settings()
        self.text = ""
        command = [sys.executable, "-m", "session_server.cli", "scenario", "play", str(file), *options]
        environment = os.environ | {"TERM": "xterm", "COLUMNS": "100", "LINES": "30"}
        self.process = subprocess.Popen(
            command, stdin=self._follower, stdout=self._follower, stderr=self._follower, env=environment,
            start_new_session=True, preexec_fn=_own_terminal,
        )  # fmt: skip

    def settings(self) -> list[Any]:
        return termios.tcgetattr(self._follower)

    def until(self, found: Callable[[str], bool]) -> None:
        while not found(self.text):
            ready, _, _ = select.select([self.leader], [], [], PATIENCE_S)
            assert ready, f"nothing more came after:\n{self.text[-2000:]}"
            self.text += os.read(self.leader, 65536).decode("utf-8", "replace")

    def press(self, keys: str) -> None:
        os.write(self.leader, keys.encode())

    def ended(self) -> int:
        """The exit status; all that was written is read first, or the process would wait for that."""
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"it has not ended after:\n{self.text[-2000:]}"
            ready, _, _ = select.select([self.leader], [], [], 0.1)
            if ready:
                self.text += os.read(self.leader, 65536).decode("utf-8", "replace")
        while select.select([self.leader], [], [], 0)[0]:
            self.text += os.read(self.leader, 65536).decode("utf-8", "replace")
        return self.process.returncode

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.leader)
        os.close(self._follower)


@pytest.fixture
def terminal(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    file = tmp_path / "scenario.yaml"
    file.write_text(SMALL)
    options = getattr(request, "param", ("--turns", "--seed", "3"))
    terminal = Terminal(file, *options)
    if "--policy" not in options:
        terminal.until(lambda text: "Press any key" in text)
    yield terminal
    terminal.close()


def test_a_whole_session_in_turns(terminal: Terminal) -> None:
    terminal.press("x")
    terminal.until(lambda text: "0:00 of 3:00" in text)
    assert terminal.settings() != terminal.before
    game = Game(small(), seed=3)
    while game.outcome is None:
        key = NEARER if game.now < 1_000 else WAIT
        game.turn(key)
        terminal.press(key)
    assert terminal.ended() == 0
    assert "At 3:00: Time is over." in terminal.text
    assert "The same again: --seed 3" in terminal.text
    afterwards = terminal.text[terminal.text.index("At 3:00: ") :]
    for told in game.told:
        assert told.hidden or f"{told.who}: {told.words}" in afterwards
    assert "\x1b[?1049l" in terminal.text  # the screen from before is back
    assert terminal.settings() == terminal.before


@pytest.mark.parametrize(
    "stop",
    [
        lambda terminal: terminal.press("\x03"),
        lambda terminal: os.kill(terminal.process.pid, signal.SIGTERM),
    ],
    ids=["Ctrl-C", "SIGTERM"],
)
def test_stopping_leaves_the_terminal_as_it_was(terminal: Terminal, stop: Callable[[Terminal], None]) -> None:
    terminal.press("x")
    terminal.until(lambda text: "0:00 of 3:00" in text)
    terminal.press("\x1a")  # Ctrl-Z does nothing
    stop(terminal)
    assert terminal.ended() == 0
    assert "At 0:00: you stopped." in terminal.text
    assert "\x1b[?25h" in terminal.text  # the cursor is there again
    assert terminal.settings() == terminal.before


@pytest.mark.parametrize("terminal", [("--policy", "friend", "--speed", "100", "--seed", "1")], indirect=True)
def test_time_runs_by_itself_while_a_scripted_trainee_plays(terminal: Terminal) -> None:
    assert terminal.ended() == 0  # nobody has pressed a key
    game = Game(small(), seed=1, policy="friend")
    game.advance(10**9)
    minutes, seconds = divmod(game.now // 1000, 60)
    assert f"At {minutes}:{seconds:02}: {game.told[-1].words}." in terminal.text
    assert terminal.settings() == terminal.before


def test_without_a_terminal_it_says_so() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "session_server.cli", "scenario", "play", "bus-shelter"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "talkdown: play needs a terminal; `talkdown scenario simulate` does without\n"
