"""The welfare check: who listens is answered, who recites is not; distance, one voice, and the right moment matter."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import pytest

from scenario_assets import library
from scenario_assets.language import Scenario
from scenario_assets.language.paths import places
from scenario_assets.language.trainee import Approach, Policy, Step
from scenario_assets.language.values import Span
from scenario_assets.runtime import (
    Act,
    Branch,
    Choice,
    Effect,
    Emitted,
    Engine,
    Input,
    Radio,
    RadioChanged,
    Said,
    Say,
    Simulation,
    simulate,
)
from scenario_assets.runtime.actors import Point
from scenario_assets.runtime.policy import ScriptedTrainee
from scenario_assets.runtime.senses import Stance

KITCHEN = library.load("kitchen-welfare-check")
GOOD = {name for name, outcome in KITCHEN.outcomes.items() if outcome.direction == "good"}
HANDOVER_CHOICES = ("brief_who", "brief_risk", "brief_needs")

#: What fits what he says. Somebody who has not heard it can only guess.
FITTING = {
    "e_caring": "reflect_caring",
    "e_grief": "reflect_grief",
    "e_flat": "reflect_flat",
    "e_cooking": "see_the_supper",
    "e_fright": "own_the_banging",
    "e_wants_clara": "call_clara",
    "e_wants_joyce": "call_joyce",
}
#: What can be said without having heard anything, in the order in which one would.
OPENING = (
    ("introduce", "ask_name", "ask_alone", "ask_doing", "ask_about_it", "ask_through_door"),
    ("label_fear", "label_tired", "reflect_crowd"),
    ("reassure",),
)
#: Keeps 6.5 m, says nothing: how all the trainees below stand.
STANDS = Policy(steps=(Step(at=1_000, approach=Approach(to=6.5)),))
STANDING = replace(KITCHEN, policies={**KITCHEN.policies, "stands": STANDS}, sha256="")


# -- no recipe ---


class Standing:
    """A trainee who keeps the distance; what they do is in ``done``, with its time."""

    def __init__(self) -> None:
        self._body = ScriptedTrainee(STANDING, "stands")
        self.done: list[tuple[int, Input]] = []

    def walk(self, place_of: Callable[[str], Point | None], seconds: float) -> None:
        self._body.walk(place_of, seconds)

    def stance(self, now: int) -> Stance:
        return self._body.stance(now)

    def acts(self, now: int, offered: Collection[str]) -> Sequence[Input]:
        self._body.acts(now, offered)
        given = self.next(now, offered)
        if given is None or (isinstance(given, Choice) and given.id not in offered):
            return ()
        self.done.append((now, given))
        return (given,)

    def next(self, now: int, offered: Collection[str]) -> Input | None:
        raise NotImplementedError


class Listener(Standing):
    """Chooses by what has been heard, leaves pauses where they are asked for, and asks at the right moment."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: set[str] = set()
        self._calls = [(25_000, "crisis_team"), (60_000, "cit_officer")]
        self._free_at = 4_000
        self._turn = 0

    def next(self, now: int, offered: Collection[str]) -> Input | None:
        if self._calls and now >= self._calls[0][0]:
            return Radio(self._calls.pop(0)[1])
        if now < self._free_at:
            return None
        self._turn += 1
        choice = next((name for name in self._wanted() if name in offered), None)
        quiet = "e_wants_quiet" in self.heard and "suggest_sink" not in offered
        self._free_at = now + (11_000 if quiet else 6_000)
        return None if choice is None else Choice(choice)

    def _wanted(self) -> list[str]:
        wanted = ["ask_one_voice", "suggest_sink"]
        wanted += [choice for line, choice in FITTING.items() if line in self.heard]
        if "e_wants_telling" in self.heard:
            wanted += ["say_we_stay", "explain_next"]
        wanted += ["send_neighbour_in", "thank_him"]
        if not {"e_wants_clara", "e_wants_joyce"} & self.heard:
            wanted.append("ask_who")
        wanted.append("offer_team")
        for offset in range(len(OPENING)):
            wanted += OPENING[(self._turn + offset) % len(OPENING)]
        return wanted


class Reciting(Standing):
    """Does what somebody else did, at the same times, and does not listen; what is not offered falls away."""

    def __init__(self, recipe: Sequence[tuple[int, Input]]) -> None:
        super().__init__()
        self._recipe = list(recipe)

    def next(self, now: int, offered: Collection[str]) -> Input | None:
        return self._recipe.pop(0)[1] if self._recipe and self._recipe[0][0] <= now else None


class Choosing(Standing):
    """The policy that chooses well, told what it chose."""

    def __init__(self) -> None:
        super().__init__()
        self._policy = ScriptedTrainee(KITCHEN, "chooses_well")
        self._waiting: list[Input] = []

    def next(self, now: int, offered: Collection[str]) -> Input | None:
        self._waiting += self._policy.acts(now, offered)
        return self._waiting.pop(0) if self._waiting else None


def play(trainee: Standing, seed: int) -> str:
    """How it ends."""
    session = Simulation(STANDING, trainee, seed)
    told = 0
    while session.engine.outcome is None:
        session.tick()
        if isinstance(trainee, Listener):
            trainee.heard |= {effect.line for effect in session.log[told:] if isinstance(effect, Say)}
            told = len(session.log)
    return session.engine.outcome


def test_who_listens_does_well_and_who_recites_what_worked_once_does_not() -> None:
    seeds = range(9)
    listeners = [Listener() for _ in seeds]
    assert sum(play(one, seed) in GOOD for one, seed in zip(listeners, seeds, strict=True)) >= 8
    for model in (0, 5):
        recipe = listeners[model].done
        assert play(Reciting(recipe), model) in GOOD  # the recipe is complete: it works where it comes from
        elsewhere = [play(Reciting(recipe), seed) in GOOD for seed in seeds if seed != model]
        assert sum(elsewhere) <= len(elsewhere) / 3


def test_not_even_careful_general_words_are_a_recipe() -> None:
    seeds = range(7)
    model = Choosing()
    assert play(model, 1) in GOOD
    elsewhere = [play(Reciting(model.done), seed) in GOOD for seed in seeds if seed != 1]
    assert sum(elsewhere) <= len(elsewhere) * 0.6
    assert all(play(Choosing(), seed) in GOOD for seed in seeds)


# -- what he carries with him ---


#: He comes with these instead of what the seed would draw, where a test begins in the middle.
HALF_CALM = {
    "agitation": replace(KITCHEN.dynamics["agitation"], initial=Span(53.0, 53.0)),
    "trust": replace(KITCHEN.dynamics["trust"], initial=Span(38.0, 38.0)),
}


def running(scenario: Scenario, seed: int, *, distance: float) -> Engine:
    """An engine two seconds in, the trainee silent at this distance."""
    engine = Engine(scenario, seed=seed)
    engine.start()
    engine.observe({"distance": distance, "closing": 0.0, "voice": -60.0, "speaking": False, "cover": 0.0}, 100)
    engine.advance(2_000)
    return engine


def begun(seed: int, *, distance: float = 7.0) -> Engine:
    """The scenario as it begins."""
    return running(KITCHEN, seed, distance=distance)


def at_ease(seed: int, **regions: str) -> Engine:
    """He has put the knife down and sits at his table."""
    start = {**KITCHEN.start, "person": "hands_free", "colleague": "watching", **regions}
    engine = running(replace(KITCHEN, start=start, dynamics=HALF_CALM, sha256=""), seed, distance=4.0)
    engine.advance(30_000)
    assert engine.nodes["person"] == "hands_free.at_the_table"
    return engine


def holding(start: str, *, inside: str | None = None) -> Scenario:
    """The scenario beginning in one of the nodes in which he holds the knife, with a quiet colleague."""
    person = KITCHEN.regions["person"]
    states = dict(person["holding"].states)
    if inside is not None:
        states[start] = replace(states[start], start=inside)
    changed = {**person, "holding": replace(person["holding"], start=start, states=states)}
    return replace(
        KITCHEN,
        regions={**KITCHEN.regions, "person": changed},
        start={**KITCHEN.start, "colleague": "watching"},
        dynamics=HALF_CALM,
        sha256="",
    )


def facing(node: str, seed: int) -> Engine:
    """Two seconds after he has come to one of the nodes in which he faces the trainee."""
    return running(holding("facing", inside=node), seed, distance=7.0)


def after(engine: Engine, given: Input, ms: int = 5_000) -> tuple[float, float]:
    """By how much agitation and trust have changed some seconds after an input."""
    before = engine.states
    engine.apply(given, engine.ms)
    engine.advance(engine.ms + ms)
    return engine.states["agitation"] - before["agitation"], engine.states["trust"] - before["trust"]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("node", "fact", "fits"),
    [
        ("telling", "trouble", {"reflect_caring": "caring", "reflect_grief": "grief", "reflect_flat": "flat"}),
        ("answering", "holding", {"see_the_supper": "cooking", "own_the_banging": "fright"}),
    ],
)
def test_only_what_fits_him_is_understanding(node: str, fact: str, fits: dict[str, str], seed: int) -> None:
    for choice, truth in fits.items():
        engine = facing(node, seed)
        agitation, trust = after(engine, Choice(choice))
        if engine.facts[fact] == truth:
            assert trust > 4
            assert agitation < 0
        else:
            assert trust < -4
            assert agitation > 2
            assert "felt understood" not in engine.causes["trust"].label


@pytest.mark.parametrize("seed", range(6))
def test_whom_he_wants_is_said_and_the_other_one_is_not_called(seed: int) -> None:
    wanted = {"daughter": "call_clara", "nurse": "call_joyce"}
    for choice in wanted.values():
        engine = at_ease(seed)
        effects = [*engine.apply(Choice("ask_who"), 30_000), *engine.advance(34_000)]
        named = [effect.line for effect in effects if isinstance(effect, Say) and effect.line in FITTING]
        assert [FITTING[line] for line in named] == [wanted[engine.facts["wanted"]]]
        engine.apply(Choice(choice), 34_000)
        rung = choice == wanted[engine.facts["wanted"]]
        assert engine.nodes["person"] == ("hands_free.phoning" if rung else "hands_free.at_the_table")


@pytest.mark.parametrize("seed", range(4))
def test_a_request_is_heard_at_the_right_moment_only(seed: int) -> None:
    for node in ("startled", "answering", "telling"):
        early = facing(node, seed)
        agitation, trust = after(early, Said("request"))
        assert early.threat() == "contact_weapon"
        assert agitation > 0
        assert trust < 0
    for asked in (Choice("suggest_sink"), Said("request")):
        engine = facing("hesitating", seed)
        engine.apply(asked, 2_000)
        assert engine.nodes["person"] == "hands_free.put_down"
    pressed = facing("hesitating", seed)
    pressed.apply(Choice("press_now"), 2_000)
    assert pressed.nodes["person"] == "holding.facing.startled"
    rushed = facing("hesitating", seed)
    rushed.observe({"closing": 1.3, "distance": 6.4}, 2_000)
    rushed.advance(2_100)
    assert rushed.nodes["person"] == "holding.facing.startled"
    missed = facing("hesitating", seed)
    missed.advance(14_000)
    assert missed.nodes["person"].startswith("holding.facing.telling")


def test_he_tells_his_story_once_and_again_only_when_he_is_asked() -> None:
    stories = {"e_caring", "e_grief", "e_flat"}

    def told(effects: Sequence[Effect]) -> list[str]:
        return [effect.line for effect in effects if isinstance(effect, Say) and effect.line in stories]

    for seed in range(4):
        engine = Engine(holding("facing", inside="telling"), seed=seed)
        engine.start()
        assert len(told(engine.advance(20_000))) == 1
        engine.apply(Said("order"), 20_000)
        engine.apply(Said("threat"), 20_500)
        assert not told(engine.advance(200_000))
        again = Engine(holding("facing", inside="telling"), seed=seed)
        again.start()
        first = told(again.advance(20_000))
        assert told(again.apply(Choice("ask_about_it"), 20_000)) == first


def test_what_helps_differs() -> None:
    """Who wants to be told is calmed by being told; who wants quiet is calmed by quiet."""
    in_quiet: dict[str, list[float]] = {"quiet": [], "telling": []}
    gained_by_telling: dict[str, list[float]] = {"quiet": [], "telling": []}
    for seed in range(8):
        told, left = facing("answering", seed), facing("answering", seed)
        told.apply(Said("explain"), 2_000)
        for engine in (told, left):
            engine.advance(16_000)
        helps = told.facts["eases"]
        in_quiet[helps].append(left.states["agitation"])
        gained_by_telling[helps].append(left.states["agitation"] - told.states["agitation"])
    assert min(gained_by_telling["telling"]) > max(gained_by_telling["quiet"]) + 2
    assert max(in_quiet["quiet"]) < min(in_quiet["telling"])


# -- distance, cover, time ---


def free(x: float, z: float) -> bool:
    """Whether somebody with shoulders can stand here."""
    return all(
        abs(x - box.center[0]) > box.size[0] / 2 + 0.25 or abs(z - box.center[2]) > box.size[2] / 2 + 0.25
        for box in KITCHEN.scene.cover
    )


@pytest.mark.parametrize("where", ["worktop", "middle", "kitchen_door"])
def test_the_required_distance_can_be_kept_in_a_straight_line(where: str) -> None:
    """Straight back through the hall and, from his kitchen's door, out on the landing."""
    _, z = KITCHEN.scene.places[where]
    required = KITCHEN.scoring.distance["contact_weapon"]
    assert required >= 6.0
    back = KITCHEN.scene.bounds.z[1]
    assert all(free(0.0, step / 10) for step in range(round(z * 10) + 5, round(back * 10) + 1))
    assert back - z > required + 1


def test_the_hall_has_cover_from_where_he_stands() -> None:
    hides = Policy(steps=(Step(take_cover="hall_cupboard"),))
    trainee = ScriptedTrainee(replace(KITCHEN, policies={"hides": hides}, sha256=""), "hides")
    session = Simulation(KITCHEN, trainee, seed=1)
    while session.now < 12_000:
        session.tick()
    x, z = trainee.stance(session.now).at
    assert free(x, z)
    person = session.engine.place_of("edwin") or (0.0, 0.0)
    assert ((x - person[0]) ** 2 + (z - person[1]) ** 2) ** 0.5 > KITCHEN.scoring.distance["contact_weapon"]
    assert "has something between them" in session.engine.causes["agitation"].label


@pytest.mark.parametrize("seed", range(6))
def test_force_is_told_only_after_long_crowding_and_aid_is_called(seed: int) -> None:
    result = simulate(KITCHEN, "crowd_and_shout", seed)
    assert result.outcome == "force_used"
    crowded = next(e.at_ms for e in result.log if isinstance(e, Branch) and e.target.endswith("backed_up"))
    assert result.ms - crowded >= 20_000
    last = [effect for effect in result.log if effect.at_ms == result.ms]
    assert RadioChanged(result.ms, "ambulance", "en_route") in last
    assert Say(result.ms, "reyes", "r_aid") in last


def test_room_given_back_in_time_avoids_it() -> None:
    for seed in range(6):
        engine = begun(seed)
        engine.observe({"distance": 1.8}, 2_000)
        engine.advance(14_000)
        assert engine.nodes["person"] in ("holding.backed_up", "holding.shouting")
        engine.observe({"distance": 8.0}, 14_000)
        engine.advance(90_000)
        assert engine.outcome is None
        assert engine.nodes["person"] != "holding.backed_up"


def test_somebody_in_his_way_and_not_quite_near_lets_him_slip_into_the_next_room() -> None:
    for seed in range(4):
        engine = begun(seed)
        engine.observe({"distance": 2.0}, 2_000)
        engine.advance(12_000)
        engine.observe({"distance": 3.3}, 12_000)
        effects = engine.advance(60_000)
        ways = [effect.label for effect in effects if isinstance(effect, Branch) and effect.region == "person"]
        assert ways[-1] == "gets out past the table"
        assert engine.nodes["person"] == "next_room"


@pytest.mark.parametrize("way_out", ["steps back", "draws the door to"])
def test_who_gives_him_his_door_back_is_spared_the_rest(way_out: str) -> None:
    for seed in range(4):
        engine = running(holding("at_the_kitchen_door"), seed, distance=4.4)
        engine.advance(5_000)
        assert engine.nodes["person"] == "holding.at_the_kitchen_door"
        if way_out == "steps back":
            engine.observe({"distance": 6.5}, 5_000)
        else:
            engine.apply(Act("hold_door"), 5_000)
        engine.advance(10_000)
        assert engine.nodes["person"].startswith("holding.facing")


def test_it_can_be_taken_up_again() -> None:
    for seed in range(4):
        engine = at_ease(seed)
        assert engine.threat() == "calm"
        engine.observe({"distance": 1.0, "closing": 1.4, "voice": 14.0, "speaking": True}, 30_000)
        engine.advance(36_000)
        assert engine.threat() == "contact_weapon"


@pytest.mark.parametrize("seed", range(4))
def test_an_order_in_the_middle_of_a_talk_sends_him_back(seed: int) -> None:
    engine = facing("answering", seed)
    effects = [*engine.apply(Said("order"), 2_000), *engine.apply(Said("threat"), 4_000), *engine.advance(9_000)]
    first = next(effect for effect in effects if isinstance(effect, Branch) and effect.region == "person")
    assert first.label == "pulls back"


def test_he_never_goes_for_anybody() -> None:
    """He comes as far as his own door, and no gesture of his is an attack."""
    deepest = max(z for _, z in (KITCHEN.scene.places[name] for name in ("worktop", "middle", "kitchen_door", "sink")))
    assert deepest < -1.25  # the kitchen's wall
    for policy in ("crowd_and_shout", "stands_his_ground", "orders_from_afar"):
        session = Simulation(KITCHEN, policy, seed=3)
        while session.engine.outcome is None:
            session.tick()
            edwin = session.engine.actors["edwin"]
            assert edwin.gesture != "advancing"
            assert edwin.z < -1.25


# -- the others ---


def test_a_second_voice_costs_until_somebody_asks_for_one() -> None:
    for seed in range(4):
        loud, quiet = begun(seed), begun(seed)
        while "ask_one_voice" in quiet.offered or quiet.ms < 8_000:
            if "ask_one_voice" in quiet.offered:
                quiet.apply(Choice("ask_one_voice"), quiet.ms)
            quiet.advance(quiet.ms + 4_500)
        loud.advance(70_000)
        quiet.advance(70_000)
        assert loud.states["agitation"] > quiet.states["agitation"] + 5
        assert quiet.nodes["colleague"] in ("watching", "stepping_in")


def events(effects: Sequence[Effect]) -> set[str]:
    return {effect.name for effect in effects if isinstance(effect, Emitted)}


def test_that_the_caller_was_wrong_can_be_found_out_in_three_ways() -> None:
    for given, event in (
        (Choice("ask_alone"), "says_he_is_alone"),
        (Choice("ask_neighbour"), "caller_corrects"),
        (Radio("address"), "caller_corrects"),
    ):
        engine = begun(1)
        assert event in events([*engine.apply(given, 2_000), *engine.advance(10_000)])
    blunt = begun(1, distance=10.0)
    agitation, trust = after(blunt, Choice("demand_other"))
    assert agitation > 4
    assert trust < 0


def test_the_crisis_team_is_not_always_free_and_the_cit_officer_always_comes() -> None:
    found: dict[str, set[str]] = {"crisis_team": set(), "cit_officer": set()}
    for seed in range(12):
        for request, seen in found.items():
            engine = at_ease(seed)
            effects = [*engine.apply(Radio(request), 30_000), *engine.advance(290_000)]
            seen.add([effect.status for effect in effects if isinstance(effect, RadioChanged)][-1])
    assert found == {"crisis_team": {"unavailable", "on_scene"}, "cit_officer": {"on_scene"}}


def test_everything_a_hand_over_needs_can_be_told() -> None:
    handover = KITCHEN.scoring.handover
    assert handover is not None
    chosen = {part for name in HANDOVER_CHOICES for part in KITCHEN.choices[name].tells}
    marked = {part for option in KITCHEN.said.values() for part in option.tells}
    assert set(handover.fields) <= chosen
    assert set(handover.fields) <= marked
    for request in handover.to:
        assert set(HANDOVER_CHOICES) <= set(at_ease(2, **{request: "on_scene"}).offered)


# -- the person ---


def test_he_has_a_name_a_reason_and_a_life() -> None:
    texts = " ".join(line.text for line in KITCHEN.lines.values() if line.actor == "edwin")
    for word in ("Edwin Marsh", "pianos", "soup", "June", "Clara", "Joyce", "month's end"):
        assert word in texts


def test_every_threat_state_of_a_weapon_comes_and_goes() -> None:
    found = {place.node.threat for place in places(KITCHEN)} - {None}
    assert found == {"contact_weapon", "agitated", "calm", "none_visible"}
