"""A stored session as the stage replays it."""

from session_server.store.playback import of_trace
from tests.scoring.traces import Play, shelter, trace


def test_the_person_is_there_from_the_first_picture_on() -> None:
    # The server's first rows come with the first tick.
    recorded = of_trace(trace(Play(seconds=20, lost={"actor_pose": [(-1, 0.04)]})), shelter())
    assert recorded["t"][0] == recorded["from_t"]  # type: ignore[index]
    assert None not in recorded["actors"]["daniel"]  # type: ignore[index]
    assert None not in recorded["trainee"]  # type: ignore[operator]


def test_a_gap_is_shown_as_a_gap() -> None:
    recorded = of_trace(trace(Play(seconds=20, lost={"head_pose": [(5, 10)]})), shelter())
    seen = [row is not None for row in recorded["trainee"]]  # type: ignore[attr-defined]
    assert seen.count(False) == 45
    assert seen[:50] + seen[105:] == [True] * (len(seen) - 55)
