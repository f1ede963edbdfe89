"""The call for help: when it was due, and when it was made."""

import pytest

from scoring.measurement import Status
from tests.scoring.traces import Play, measure


@pytest.mark.parametrize(
    ("radio", "seconds", "points"),
    [
        ([(57, "co_responder")], 45, 90),  # the golden vector of the scoring model
        ([(20, "co_responder")], 8, 100),
        ([(5, "co_responder")], 0, 100),  # before it was indicated
        ([(20, "supervisor"), (102, "co_responder"), (110, "co_responder")], 90, 60),
    ],
)
def test_the_latency_of_the_first_request_that_counts(
    radio: list[tuple[float, str]], seconds: float, points: float
) -> None:
    found = measure("help_called", Play(radio=radio))
    assert found.value == pytest.approx(seconds)
    assert found.score == pytest.approx(points)


def test_frozen_time_does_not_count() -> None:
    assert measure("help_called", Play(radio=[(57, "co_responder")], frozen=[(20, 50)])).value == pytest.approx(15)


def test_never_asking_is_0_points_and_said_so() -> None:
    found = measure("help_called", Play(radio=[(30, "supervisor")]))
    assert (found.status, found.value, found.score) == (Status.OK, None, 0.0)
    (lapse,) = found.evidence
    assert lapse.text == ("From 00:12 on help was indicated for Daniel, and until the end you did not request any.")
    assert (lapse.t_start, lapse.t_end, lapse.points) == (28, 136, -100)
    assert "co-responder" in lapse.alternative


@pytest.mark.parametrize(
    ("play", "status", "reason"),
    [
        (Play(indicated=None), Status.NOT_APPLICABLE, "nothing had called for help"),
        (Play(indicated=100, radio=()), Status.INSUFFICIENT, "before a call was due"),
    ],
)
def test_no_call_was_due(play: Play, status: Status, reason: str) -> None:
    found = measure("help_called", play)
    assert (found.status, found.score) == (status, None)
    assert reason in str(found.reason)
