"""A scenario played by keys: what keys do, what is told and in which order, and what a player sees."""

import pytest

from scenario_assets import library
from scenario_assets.authoring.game import BACK, COVER, INJECT, LOUD, MARK, NEARER, WAIT, Game
from scenario_assets.authoring.view import look
from scenario_assets.language import Scenario
from scenario_assets.runtime import Choice, Simulation, StateCause, UnknownName, simulate
from tests.scenario_assets.texts import small

#: The person stands still, does not mutter, and is offered everything.
QUIET = (
    ("      enter: {move: {kim: {path: [door, bench], speed: 0.5 m/s, loop: true}}}\n", ""),
    ('        - {every: "uniform(3 s, 5 s)", say: [mutter, murmur, whisper]}\n', ""),
    ("{at: 2 s, say: hello, emit: cue_shown}", "{at: 2 s, say: [hello, mutter, murmur, whisper], emit: cue_shown}"),
)


def a_game(scenario: Scenario | None = None, **options: str) -> Game:
    return Game(scenario or small(*QUIET), seed=3, **options)


def words(game: Game) -> list[tuple[str, str]]:
    return [(told.who, told.words) for told in game.told if not told.hidden]


# -- keys ---


def test_a_choice_is_said_before_what_follows_and_takes_as_long_as_its_words() -> None:
    game = a_game()
    assert game.turn("1") == ""
    assert words(game) == [("You", "Hello.")]
    assert 500 <= game.now <= 600  # a greeting of six letters
    assert next(told.words for told in game.told if told.hidden).startswith("pacing -> ")


def test_while_words_are_spoken_the_person_hears_a_voice() -> None:
    game = a_game()
    assert game.player is not None
    game.press("1")
    assert game.player.stance(game.now).level == 0.0
    game.advance(1_000)
    assert game.player.stance(game.now).level is None
    game.press(LOUD)
    assert game.player.stance(game.now).level is None
    game.press("w")  # an act is not spoken
    assert game.player.stance(game.now).level is None
    game.turn(LOUD)
    game.press(LOUD)
    game.press(MARK)
    game.press("2")
    assert game.player.stance(game.now).level == 12.0


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("3", "the key '3' does nothing now"),
        ("x", "the key 'x' does nothing now"),
        ("ü", "the key 'ü' does nothing now"),
        (COVER, ""),
        ("r", ""),
        ("w", ""),
    ],
)
def test_keys_that_mean_nothing_are_told_and_take_no_time(key: str, problem: str) -> None:
    game = a_game()
    assert game.turn(key) == problem
    assert bool(game.told) == (not problem)
    assert (game.now > 0) == (not problem)


def test_an_act_and_a_radio_request_are_told_with_their_status() -> None:
    game = a_game()
    game.turn("w")
    game.turn("r")
    told = words(game)
    assert told[0] == ("You", "(Wait)")
    assert told[1:3] == [
        ("You", "(by radio: Ask for a co-responder)"), ("Radio", "Ask for a co-responder: requested")
    ]  # fmt: skip
    assert [(one.words, one.status) for one in look(game).others] == [
        ("Wait", ""), ("Ask for a co-responder", "requested"),
    ]  # fmt: skip


def test_marks_and_injects_take_the_key_of_what_is_meant() -> None:
    game = a_game()
    game.press(MARK)
    assert [(one.key, one.words) for one in look(game).asked] == [("1", "Reflection"), ("2", "Threat")]
    assert game.turn("2") == ""
    assert words(game)[:2] == [("You", "(in own words: Threat)"), ("Kim", "No, no.")]
    assert look(game).asked == ()
    game.press(INJECT)
    assert game.turn("s") == ""
    assert ("Injected", "A siren") in words(game)
    game.press(INJECT)
    assert game.press("1") == "nothing there has the key '1'"
    assert game.asking is None


def test_what_a_scenario_does_not_have_is_told() -> None:
    game = a_game(small(*QUIET, ("  siren: {key: s, text: A siren, do: {add: {agitation: 10}}}\n", ""),
                        ("  calm: {key: c, text: Kim sits, do: {goto: {person: talking.sitting}}}\n", ""),
                        ("injects:\n", "")))  # fmt: skip
    assert game.press(INJECT) == "this scenario has no `injects`"
    wall = "  cover:\n    - {id: wall, label: wall, center: [2, 1, 0], size: [1, 2, 0.2]}\n"
    bare = a_game(small(*QUIET, (wall, "")))
    assert bare.press(COVER) == "there is no cover here"


# -- places ---


def distance(game: Game) -> float:
    return look(game).people[0].distance


def test_steps_lead_half_a_metre_nearer_or_back_and_end_there() -> None:
    game = a_game()
    assert distance(game) == pytest.approx(6.0)
    game.press(NEARER)
    game.press(NEARER)  # from where the first leads to
    game.advance(3_000)
    assert distance(game) == pytest.approx(5.0, abs=0.11)
    game.press(BACK)
    game.advance(3_000)
    assert distance(game) == pytest.approx(5.5, abs=0.11)


def test_who_has_done_their_steps_does_not_follow_the_person_about() -> None:
    game = a_game(small())  # kim walks to and fro
    assert game.player is not None
    game.press(NEARER)
    game.advance(3_000)
    place, apart = game.player.stance(game.now).at, distance(game)
    game.advance(3_000)
    assert game.player.stance(game.now).at == place
    assert abs(distance(game) - apart) > 0.05


def test_nobody_can_be_walked_through() -> None:
    game = a_game()
    for _ in range(20):
        game.press(NEARER)
    game.advance(15_000)
    assert distance(game) >= 0.5


def test_cover_is_the_nearest_first_and_then_the_next() -> None:
    two = (
        "    - {id: wall, label: wall, center: [2, 1, 0], size: [1, 2, 0.2]}\n",
        "    - {id: wall, label: wall, center: [2, 1, 0], size: [1, 2, 0.2]}\n"
        "    - {id: shed, label: shed, center: [-3, 1, 3], size: [1, 2, 1]}\n",
    )
    game = a_game(small(*QUIET, two))
    assert look(game).covered == 0.0
    game.turn(COVER)
    game.turn(COVER)
    game.turn(COVER)
    assert words(game)[0] == ("You", "(go behind: shed)")
    assert [said for who, said in words(game) if who == "You"] == [
        "(go behind: shed)", "(go behind: wall)", "(go behind: shed)",
    ]  # fmt: skip
    game.advance(5_000)
    assert look(game).covered == 1.0
    game.press(NEARER)
    game.advance(1_000)
    assert game.player is not None
    assert game.player.hiding is None


def test_who_is_there_is_seen_with_place_distance_and_bearing() -> None:
    people = look(a_game(library.load("bus-shelter"))).people
    assert people[0].name == "Daniel"
    assert people[0].near == "kerb"
    assert people[0].doing == "walking, agitated"
    assert people[0].distance == pytest.approx(8.0, abs=0.1)
    assert {seen.name for seen in people} == {"Daniel", "Noor"}


# -- time ---


def test_waiting_ends_when_something_is_told() -> None:
    game = a_game()
    game.turn(WAIT)
    assert game.now == 2_000
    assert [who for who, _ in words(game)] == ["Kim"]
    game.turn(WAIT)
    assert game.now == 7_000


def test_it_ends_and_then_keys_do_nothing() -> None:
    game = a_game()
    game.advance(10**9)
    assert game.outcome == "nothing"
    assert game.now == 180_000
    assert words(game)[-1] == ("The end", "Time is over")
    assert game.turn(WAIT) == "it is over"
    game.advance(1_000)
    assert game.now == 180_000


def test_a_game_without_keys_is_the_simulation_of_a_trainee_who_does_nothing() -> None:
    game = Game(small(), seed=1)
    game.advance(10**9)
    assert tuple(game.session.log) == simulate(small(), "nothing", 1).log


def test_the_same_keys_make_the_same_session() -> None:
    def played() -> list[object]:
        game = Game(small(), seed=7)
        for key in "1+ -/!1:1 r;s w  2 1 2   ":
            game.turn(key)
        return [game.told, look(game), game.session.engine.digest()]

    assert played() == played()


# -- a scripted trainee ---


def test_a_scripted_trainee_is_watched_and_what_it_does_is_told() -> None:
    game = a_game(policy="friend")
    assert game.press("1") == "a scripted trainee plays: you can wait or inject"
    game.advance(5_000)
    told = words(game)
    assert ("You", "Hello.") in told
    assert ("You", "(in own words: Reflection)") in told
    game.press(INJECT)
    assert game.press("s") == ""
    with pytest.raises(UnknownName, match="no policy 'nobody'"):
        a_game(policy="nobody")


# -- inside ---


def test_what_goes_on_inside_is_there_for_authors() -> None:
    game = a_game()
    game.advance(500)
    (inner,) = look(game).inner
    assert (inner.name, inner.why) == ("agitation", "start")
    game.press(MARK)
    game.press("1")
    game.advance(500)
    (inner,) = look(game).inner
    assert (inner.why, inner.rate) == ("understood", -2.0)
    assert look(game).nodes == game.session.engine.nodes


def test_names_are_those_of_the_sessions_variant() -> None:
    variants = (
        "  lee: {name: Lee, role: neighbour, at: [3, 0], facing: kim}\n",
        "  lee: {name: Lee, role: neighbour, at: [3, 0], facing: kim, "
        "variants: {a: {weight: 0.5, name: Lea}, b: {weight: 0.5}}}\n",
    )
    names = {Game(small(*QUIET, variants), seed=seed).name_of("lee") for seed in range(8)}
    assert names == {"Lea", "Lee"}


def test_an_input_of_somebody_else_is_put_in_between_ticks() -> None:
    session = Simulation(small(*QUIET), "nothing", 1)
    session.tick()
    session.apply(Choice("greet"))
    (done,) = session.done
    assert (done.ms, done.given) == (50, Choice("greet"))
    assert not any(isinstance(effect, StateCause) and effect.at_ms > 50 for effect in session.log[: done.logged])
