"""A scenario played by keys, without a server: what a key does, and what is told.

Pure: time passes when ``advance`` says so. Keys are those of the scenario's choices, acts and radio requests, and
``CONTROLS``, which every scenario has; those that mark and inject are followed by the key of what is meant.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from scenario_assets.authoring.player import STEP_M, STEP_M_S, Player
from scenario_assets.language.document import Scenario
from scenario_assets.language.trainee import Option
from scenario_assets.runtime import (
    TICK_MS,
    Act,
    Branch,
    Choice,
    Effect,
    Goto,
    Hold,
    Inject,
    Input,
    InputError,
    Nudge,
    Outcome,
    Radio,
    RadioChanged,
    Said,
    Say,
    Simulation,
)
from scenario_assets.runtime.cast import speaking_ms

NEARER, BACK, COVER, LOUD, WAIT, MARK, INJECT = "+", "-", "/", "!", " ", ":", ";"
#: What every scenario has: half a metre nearer or back; behind the nearest cover, and then the next; a loud voice and
#: the normal one again; wait; say something in own words, marked as an instructor would; inject as an instructor.
CONTROLS: Final[Mapping[str, str]] = {
    NEARER: "nearer",
    BACK: "back",
    COVER: "cover",
    LOUD: "loud",
    WAIT: "wait",
    MARK: "own words",
    INJECT: "inject",
}
_STEP_MS: Final = round(1000 * STEP_M / STEP_M_S)
#: How long deeds take that are not spoken words, and words of one's own.
_DEED_MS: Final = 1_500
_OWN_WORDS_MS: Final = 3_000
#: Waiting ends when something is told, or after this time.
_WAIT_MS: Final = 5_000

Asking = Literal["said", "injects"]


@dataclass(frozen=True, slots=True)
class Told:
    """Something to be read: when (ms), whom it comes from, and the words. ``hidden`` is only for authors."""

    ms: int
    who: str
    words: str
    hidden: bool = False


class Game:
    """One session. With a ``policy`` a scripted trainee plays, and keys only let time pass, or inject.

    Raises UnknownName for a policy the scenario does not have.
    """

    def __init__(self, scenario: Scenario, *, seed: int, policy: str | None = None) -> None:
        self.scenario = scenario
        self.player: Player | None = None
        if policy is None:
            self.player = Player(scenario)
            self.session = Simulation(scenario, self.player, seed)
        else:
            self.session = Simulation(scenario, policy, seed)
        self.told: list[Told] = []
        #: What the next key is to name.
        self.asking: Asking | None = None
        self._heard = self._done = 0
        self._hear()

    @property
    def now(self) -> int:
        """Scenario time in ms."""
        return self.session.now

    @property
    def outcome(self) -> str | None:
        """How it ended, or None while it runs."""
        return self.session.engine.outcome

    def name_of(self, actor: str) -> str:
        """What an actor is called in this session."""
        person = self.scenario.actors[actor]
        variant = person.variants.get(self.session.engine.variants.get(actor, ""))
        return variant.name if variant is not None and variant.name is not None else person.name

    # -- time ---

    def advance(self, ms: int, *, until_told: bool = False) -> None:
        """Let time pass in whole ticks, until the end at the longest, or until something is told."""
        end, before = self.now + ms, self._open()
        while self.now + TICK_MS <= end and self.outcome is None:
            self.session.tick()
            self._hear()
            if until_told and self._open() > before:
                return

    def _open(self) -> int:
        return sum(not told.hidden for told in self.told)

    # -- keys ---

    def turn(self, key: str) -> str:
        """Press a key and let the time pass that it takes; returns what is wrong with the key, or nothing."""
        problem, takes = self._press(key)
        self.advance(takes, until_told=key == WAIT)
        return problem

    def press(self, key: str) -> str:
        """Press a key; time passes elsewhere. Returns what is wrong with the key, or nothing."""
        return self._press(key)[0]

    def _press(self, key: str) -> tuple[str, int]:
        """What is wrong with the key, and how long that takes which it does (ms)."""
        if self.outcome is not None:
            return "it is over", 0
        if self.asking is not None:
            return self._answer(self.asking, key)
        if key == WAIT:
            return "", _WAIT_MS
        if key == INJECT:
            return self._ask("injects")
        if self.player is None:
            return "a scripted trainee plays: you can wait or inject", 0
        return self._control(self.player, key) if key in CONTROLS else self._deed(self.player, key)

    def _ask(self, what: Asking) -> tuple[str, int]:
        if not getattr(self.scenario, what):
            return f"this scenario has no `{what}`", 0
        self.asking = what
        return "", 0

    def _answer(self, asking: Asking, key: str) -> tuple[str, int]:
        self.asking = None
        items: Mapping[str, Option] = getattr(self.scenario, asking)
        name = next((name for name, item in items.items() if item.key == key), None)
        if name is None:
            return f"nothing there has the key {key!r}", 0
        if asking == "injects":
            return self._put(Inject(name), _DEED_MS)
        if self.player is not None:
            self.player.speak(self.now, _OWN_WORDS_MS)
        return self._put(Said(name), _OWN_WORDS_MS)

    def _control(self, player: Player, key: str) -> tuple[str, int]:
        if key == MARK:
            return self._ask("said")
        if key == LOUD:
            player.loud = not player.loud
            return "", 0
        if key == COVER:
            return self._take_cover(player)
        place = self.session.engine.place_of(self.scenario.scoring.person)
        if place is None:
            return "nobody is there to step up to, or back from", 0
        player.step(place, STEP_M if key == NEARER else -STEP_M)
        return "", _STEP_MS

    def _take_cover(self, player: Player) -> tuple[str, int]:
        boxes = self.scenario.scene.cover
        if not boxes:
            return "there is no cover here", 0
        x, z = player.stance(self.now).at
        if player.hiding is not None:
            box = boxes[(boxes.index(player.hiding) + 1) % len(boxes)]
        else:
            box = min(boxes, key=lambda one: (one.center[0] - x) ** 2 + (one.center[2] - z) ** 2)
        player.take_cover(box)
        self._tell(Told(self.now, "You", f"(go behind: {box.label})"))
        return "", _DEED_MS

    def _deed(self, player: Player, key: str) -> tuple[str, int]:
        scenario = self.scenario
        for name in self.session.engine.offered:
            if scenario.choices[name].key == key:
                lasting = speaking_ms(scenario.choices[name].text)
                player.speak(self.now, lasting)
                return self._put(Choice(name), lasting)
        for name, act in scenario.acts.items():
            if act.key == key:
                return self._put(Act(name), _DEED_MS)
        for name, request in scenario.radio.items():
            if request.key == key:
                return self._put(Radio(name), _DEED_MS)
        return f"the key {key!r} does nothing now", 0

    def _put(self, given: Input, takes: int) -> tuple[str, int]:
        try:
            self.session.apply(given)
        except InputError as error:
            return str(error), 0
        self._hear()
        return "", takes

    # -- what is told ---

    def _hear(self) -> None:
        """Tell what has happened since, each input before what followed from it."""
        session = self.session
        while self._heard < len(session.log) or self._done < len(session.done):
            if self._done < len(session.done) and session.done[self._done].logged <= self._heard:
                done = session.done[self._done]
                self._done += 1
                self._tell(self._deed_told(done.ms, done.given))
            else:
                effect = session.log[self._heard]
                self._heard += 1
                for told in self._effect_told(effect):
                    self._tell(told)

    def _tell(self, told: Told) -> None:
        self.told.append(told)

    def _deed_told(self, ms: int, given: Input) -> Told:
        scenario = self.scenario
        match given:
            case Choice(name):
                return Told(ms, "You", scenario.choices[name].text)
            case Said(kind):
                return Told(ms, "You", f"(in own words: {scenario.said[kind].text})")
            case Act(name):
                return Told(ms, "You", f"({scenario.acts[name].text})")
            case Radio(name):
                return Told(ms, "You", f"(by radio: {scenario.radio[name].text})")
            case Inject(name):
                return Told(ms, "Injected", scenario.injects[name].text)
            case Goto(region, node):
                return Told(ms, "Sent", f"{region} to {node}", hidden=True)
            case Nudge(state, by):
                return Told(ms, "Nudged", f"{state} {by:+g}", hidden=True)
            case Hold(rule, on):
                return Told(ms, "Held" if on else "Let go", rule, hidden=True)

    def _effect_told(self, effect: Effect) -> Iterator[Told]:
        scenario = self.scenario
        match effect:
            case Say(at_ms=ms, actor=actor, line=line):
                yield Told(ms, self.name_of(actor), scenario.lines[line].text)
            case RadioChanged(at_ms=ms, request=request, status=status):
                yield Told(ms, "Radio", f"{scenario.radio[request].text}: {status.replace('_', ' ')}")
            case Branch(at_ms=ms, region=region, source=source, target=target, label=label):
                yield Told(ms, region, f"{source} -> {target} ({label})", hidden=True)
            case Outcome(at_ms=ms, outcome=outcome):
                yield Told(ms, "The end", scenario.outcomes[outcome].text)
            case _:
                return
