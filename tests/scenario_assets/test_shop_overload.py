"""The shop: who listens gets further than any list of choices, and nothing he does is an attack."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

import pytest

from scenario_assets import library
from scenario_assets.language import Scenario
from scenario_assets.language.guard_tree import VariantIs, atoms
from scenario_assets.language.trainee import Approach
from scenario_assets.language.uses import conditions, deeds
from scenario_assets.runtime import Choice, Engine, Said, Say, Simulation, simulate
from scenario_assets.runtime.actors import Point
from scenario_assets.runtime.inputs import Act, Input
from scenario_assets.runtime.senses import Stance
from scenario_assets.runtime.walker import Walker

SHOP = library.load("shop-overload")
GOOD = {name for name, outcome in SHOP.outcomes.items() if outcome.direction == "good"}
#: Where the trainees of these tests stand.
FOUR_METRES = Approach(to=4.0, speed=0.7)

#: What he says, and what one can know from it.
HEARD = {
    "t_light": "see_light",
    "t_noise": "see_noise",
    "t_people": "see_people",
    "t_trams": "say_trams",
    "t_whales": "say_whales",
    "t_clocks": "say_clocks",
    "t_thumb": "offer_thumb",
    "t_paper": "offer_note",
}
#: What takes away what hurts.
RELIEF = {"see_light": "ask_lights_down", "see_noise": "ask_music_off", "see_people": "ask_everybody_out"}
#: So long a listener waits after each sentence, and after each request to somebody else.
PAUSE_MS, REQUEST_MS = 11_000, 4_000


@dataclass
class Listener:
    """Says and does only what he has given reason for: one thing, then a wait. Never looks at the card."""

    scenario: Scenario
    heard: list[str] = field(default_factory=list)
    done: list[tuple[int, Input]] = field(default_factory=list)
    _spoke: int = 0
    _asked: int = 0

    def __post_init__(self) -> None:
        self._walker = Walker(self.scenario)
        self._walker.going = FOUR_METRES

    def walk(self, place_of: Callable[[str], Point | None], seconds: float) -> None:
        self._walker.walk(place_of, seconds)

    def stance(self, now: int) -> Stance:
        return Stance(self._walker.at, self._walker.velocity)

    def listen(self, line: str) -> None:
        """Note what a line tells, in the order of hearing."""
        told = HEARD.get(line.rpartition("_")[0])
        if told is not None and told not in self.heard:
            self.heard.append(told)

    def acts(self, now: int, offered: Collection[str]) -> list[Input]:
        given: list[Input] = []
        if now - self._asked >= REQUEST_MS and (request := self._first(self._requests(), offered)):
            self._asked = now
            given.append(Choice(request))
        if now - self._spoke >= PAUSE_MS and (sentence := self._first(self._sentences(), offered)):
            self._spoke = now
            given.append(Choice(sentence))
        self.done += [(now, one) for one in given]
        return given

    @staticmethod
    def _first(wanted: Sequence[str], offered: Collection[str]) -> str | None:
        return next((name for name in wanted if name in offered), None)

    def _requests(self) -> list[str]:
        worst = [RELIEF[told] for told in self.heard if told in RELIEF]
        return ["ask_hush", "ask_guard_aside", "ask_stop_filming", *worst, *RELIEF.values(), "ask_room"]

    def _sentences(self) -> list[str]:
        return [*self.heard[::-1], "offer_two", "offer_room", "introduce", "say_no_hurry", "say_quieter", "tell_next"]


class Replayer(Listener):
    """Does what somebody else did in another session, at the same times, whatever is said."""

    script: Sequence[tuple[int, Input]] = ()

    def acts(self, now: int, offered: Collection[str]) -> list[Input]:
        due = [given for at, given in self.script if at == now]
        return [given for given in due if isinstance(given, Choice) and given.id in offered]


def play(trainee: Listener, seed: int) -> str:
    """A session; the listener hears what is said."""
    session = Simulation(SHOP, trainee, seed)
    told = 0
    while session.engine.outcome is None:
        session.tick()
        for effect in session.log[told:]:
            if isinstance(effect, Say):
                trainee.listen(effect.line)
        told = len(session.log)
    return session.engine.outcome


def test_who_listens_succeeds_and_no_list_of_choices_does() -> None:
    seeds = range(8)
    listeners = {seed: Listener(SHOP) for seed in seeds}
    listened = [play(listener, seed) in GOOD for seed, listener in listeners.items()]
    assert sum(listened) >= 0.85 * len(listened)
    again: list[bool] = []
    elsewhere: list[bool] = []
    for source in (0, 1):
        for seed in seeds:
            replayer = Replayer(SHOP)
            replayer.script = listeners[source].done
            (again if seed == source else elsewhere).append(play(replayer, seed) in GOOD)
    assert all(again), "the same seed ends otherwise"
    assert sum(elsewhere) <= 0.4 * len(elsewhere), f"{sum(elsewhere)} of {len(elsewhere)} succeed by heart"


# -- what he is like ---


def test_nothing_he_does_is_an_attack() -> None:
    poses = [deed.pose["theo"] for deed in deeds(SHOP) if "theo" in deed.pose]
    assert poses
    assert not {pose.gesture for pose in poses} & {"advancing", "agitated"}


def test_who_he_appears_to_be_changes_nothing() -> None:
    seen = {Engine(SHOP, seed=seed).start() and _variant(seed) for seed in range(30)}
    assert seen == set(SHOP.actors["theo"].variants)
    assert not any(isinstance(atom, VariantIs) for use in conditions(SHOP) for atom in atoms(use.guard.tree))
    names = {variant.name for variant in SHOP.actors["theo"].variants.values()}
    for line in SHOP.lines.values():
        assert not any(name is not None and name in line.text for name in names), line.text


def _variant(seed: int) -> str:
    engine = Engine(SHOP, seed=seed)
    engine.start()
    return engine.variants["theo"]


def test_he_has_a_life() -> None:
    texts = " ".join(line.text for line in SHOP.lines.values() if line.actor == "theo")
    for word in ("kettle", "key", "library", "brother", "Ash"):
        assert word in texts


# -- what moves him ---


def near(seed: int, seconds: float = 12.0) -> tuple[Engine, int]:
    """An engine some seconds in, a silent trainee four metres away."""
    engine = Engine(SHOP, seed=seed)
    engine.start()
    seen = {"distance": 4.0, "closing": 0.0, "door": 7.0, "voice": -60.0, "speaking": False}
    engine.observe(seen, 100)
    now = round(seconds * 1000)
    engine.advance(now)
    return engine, now


def undisturbed(seed: int) -> tuple[Engine, int]:
    """The same, with the way out free, nobody filming and nobody calling out to him."""
    engine, now = near(seed)
    for request in ("ask_guard_aside", "ask_stop_filming", "ask_stop_filming", "ask_hush"):
        if request in engine.offered:
            engine.apply(Choice(request), now)
    return engine, now


def after(kind: str | None, *, seed: int = 1, seconds: float = 20.0) -> dict[str, float]:
    """The states some time after somebody says something of this kind twice, or nothing."""
    engine, now = near(seed)
    for at in (now, now + 5_000):
        if kind is not None:
            engine.apply(Said(kind), at)
    engine.advance(now + round(seconds * 1000))
    return dict(engine.states)


@pytest.mark.parametrize("seed", range(4))
def test_a_question_is_a_demand_and_a_short_sentence_is_not(seed: int) -> None:
    silence, asked, told = (after(kind, seed=seed) for kind in (None, "open_question", "statement"))
    assert asked["demand"] > silence["demand"] + 15
    assert asked["overload"] > silence["overload"] + 1
    assert asked["trust"] < silence["trust"]
    assert told["overload"] < silence["overload"]
    assert told["trust"] > silence["trust"] + 1


def test_a_question_weighs_less_when_he_is_calm() -> None:
    overload = replace(SHOP.dynamics["overload"], initial=replace(SHOP.dynamics["overload"].initial, low=30, high=31))
    calm = replace(SHOP, dynamics={**SHOP.dynamics, "overload": overload}, sha256="")
    raised = []
    for scenario in (SHOP, calm):
        engine = Engine(scenario, seed=1)
        engine.start()
        engine.advance(1_000)
        before = engine.states["demand"]
        engine.apply(Said("open_question"), 1_000)
        engine.advance(5_000)
        raised.append(engine.states["demand"] - before)
    assert raised[1] < 0.5 * raised[0]


def test_talking_on_is_worse_than_talking_briefly() -> None:
    demands = []
    for lasting in (2_000, 10_000):
        engine, now = near(1)
        engine.observe({"speaking": True, "voice": 0.0}, now)
        engine.observe({"speaking": False, "voice": -60.0}, now + lasting)
        engine.advance(now + 11_000)
        demands.append(engine.states["demand"])
    assert demands[1] > demands[0] + 10


@pytest.mark.parametrize(
    ("request_", "sense"), [("ask_music_off", "noise"), ("ask_lights_down", "light"), ("ask_everybody_out", "people")]
)
def test_it_helps_most_to_take_away_what_is_worst(request_: str, sense: str) -> None:
    relief: dict[bool, list[float]] = {True: [], False: []}
    for seed in range(10):
        states = []
        for asks in (True, False):
            engine, now = undisturbed(seed)
            if asks:
                engine.apply(Choice(request_), now)
            engine.advance(now + 50_000)
            states.append(engine.states["overload"])
        relief[engine.facts["worst"] == sense].append(states[1] - states[0])
    worst, other = fmean(relief[True]), fmean(relief[False])
    assert worst > 1.5 * other > 0


def at_the_door(trainee_m: float) -> Engine:
    """He has gone for the door, which is held open; the trainee stands this far from it, and ten metres from him."""
    going = {**SHOP.start, "guard": "aside"}
    shop = replace(SHOP.regions["person"]["in_the_shop"], start="to_the_door")
    regions = {**SHOP.regions, "person": {**SHOP.regions["person"], "in_the_shop": shop}}
    engine = Engine(replace(SHOP, start=going, regions=regions, sha256=""), seed=1)
    engine.start()
    engine.observe({"distance": 9.0, "closing": 0.0, "door": trainee_m, "voice": -60.0, "speaking": False}, 50)
    return engine


def test_the_way_out_is_free_or_it_is_not() -> None:
    for metres, nodes in ((5.0, {"at_the_door"}), (1.0, {"in_the_shop.turned_back"})):
        engine = at_the_door(metres)
        seen = set()
        for now in range(1_000, 16_000, 500):
            engine.advance(now)
            seen.add(engine.nodes["person"])
        assert nodes <= seen
        assert len(seen & {"at_the_door", "in_the_shop.turned_back"}) == 1


def test_a_guess_costs_what_listening_gains() -> None:
    senses = {"see_light": "light", "see_noise": "noise", "see_people": "people"}
    for seed in range(8):
        for choice, sense in senses.items():
            engine, now = near(seed)
            before = engine.states["trust"]
            engine.apply(Choice(choice), now)
            assert (engine.states["trust"] > before) == (engine.facts["worst"] == sense)


def test_to_sit_down_is_seen() -> None:
    engine, now = near(1)
    before = engine.states["trust"]
    effects = engine.apply(Act("get_low"), now)
    assert effects
    assert engine.states["trust"] > before


# -- who comes ---


def test_his_brother_answers_calls_back_or_does_not() -> None:
    came: dict[str, set[bool]] = {}
    for seed in range(24):
        engine, now = undisturbed(seed)
        engine.apply(Choice("read_card"), now)
        engine.apply(Choice("call_brother"), now + 1_000)
        engine.advance(now + 95_000)
        came.setdefault(engine.facts["phone"], set()).add(engine.nodes["brother"] not in ("ringing", "no_answer"))
    assert came == {"answers": {True}, "calls_back": {True}, "silent": {False}}


def test_running_out_ends_better_when_somebody_has_been_called() -> None:
    ends = {simulate(SHOP, "calls_and_crowds", seed).outcome for seed in range(8)}
    assert ends == {"found_outside", "shut_out"}
    assert {simulate(SHOP, "asks_and_asks", seed).outcome for seed in range(4)} == {"shut_out"}
