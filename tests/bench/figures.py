"""How a measured figure is printed: beside its goal, with whether it holds."""

import time
from collections.abc import Callable


def tell(group: str, value: float, what: str, *, at_most: float | None = None, at_least: float | None = None) -> None:
    """One line; a figure without a goal is only reported."""
    goal = ""
    if at_most is not None:
        goal = f"; goal at most {at_most:g}: {'holds' if value <= at_most else 'MISSED'}"
    elif at_least is not None:
        goal = f"; goal at least {at_least:g}: {'holds' if value >= at_least else 'MISSED'}"
    print(f"{group:<12} {value:>11,.{_decimals(value)}f} {what}{goal}", flush=True)


def _decimals(value: float) -> int:
    return 0 if value >= 1_000 else 1 if value >= 10 else 2


def best_of(rounds: int, *works: Callable[[], object]) -> list[float]:
    """CPU seconds each work takes in its best round; taken in turn, so that a busy machine disturbs all alike."""
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for index, work in enumerate(works):
            started = time.process_time()
            work()
            best[index] = min(best[index], time.process_time() - started)
    return best
