"""Print what grading costs, with evidence and intervals: part of `make bench`. Goal: 200 ms for 20 minutes."""

import time

from scoring import Profile, score
from tests.scoring.traces import Play, shelter, trace

ROUNDS = 5


def milliseconds(minutes: float) -> float:
    """Grade a session of this length; return the best round."""
    recorded, scenario, profile = trace(Play(seconds=60 * minutes)), shelter(), Profile.load()
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        score(recorded, scenario, profile, software="bench").to_json()
        best = min(best, time.perf_counter() - started)
    return best * 1000


if __name__ == "__main__":
    for length in (5, 20, 60):
        print(f"grade        {milliseconds(length):9.1f} ms for a session of {length} minutes")
