"""A scripted trainee that listens: what it is to hear first, it waits for."""

from scenario_assets.runtime import Choice, Said, Simulation, policy_as_json
from tests.scenario_assets.texts import small

STEP = "{at: 2 s, choose: greet}"


def done(step: str, *, until_ms: int = 30_000) -> list[tuple[int, object]]:
    """What the friend does first or in place of greeting, and when."""
    session = Simulation(small((STEP, step)), "friend", 1)
    while session.now < until_ms and session.engine.outcome is None:
        session.tick()
    return [(done.ms, done.given) for done in session.done]


def test_what_is_heard_later_is_waited_for() -> None:
    # Kim's first words come at 2 s; nobody shouts.
    assert (2_000, Choice("greet")) in done("{heard: hello, choose: greet}")
    assert (5_000, Choice("greet")) in done("{at: 5 s, heard: [shout, hello], choose: greet}")
    assert Choice("greet") not in [given for _, given in done("{heard: shout, choose: greet}", until_ms=15_000)]


def test_with_a_rhythm_moments_pass_unheard() -> None:
    listening = "{at: 1500 ms, every: 1 s, heard: hello, speak: {said: threat}}"
    marks = [ms for ms, given in done(listening) if given == Said("threat")]
    assert marks[:2] == [2_500, 3_500]


def test_what_is_heard_is_told_to_bots() -> None:
    steps = policy_as_json(small((STEP, "{heard: [hello, no], choose: greet}")), "friend")["steps"]
    assert isinstance(steps, list)
    assert next(step["heard"] for step in steps if step["do"] == "choose") == ["hello", "no"]


def test_a_session_knows_which_lines_have_been_said() -> None:
    session = Simulation(small(), "nothing", 1)
    assert session.heard == set()
    session.apply(Said("threat"))
    assert session.heard == {"no"}
    while session.now < 2_000:
        session.tick()
    assert session.heard == {"no", "hello"}
