"""Print what the scenario engine costs per session and tick: part of `make bench`. Goal: at most 15 us."""

import time

from scenario_assets import library
from scenario_assets.runtime import TICK_MS, Engine

TICKS = 6000
ROUNDS = 5


def microseconds_per_tick(name: str) -> float:
    """Run one session with all signals live and changing every tick; return the best round."""
    scenario = library.load(name)
    best = float("inf")
    for seed in range(ROUNDS):
        engine = Engine(scenario, seed=seed)
        engine.start()
        started = time.perf_counter()
        ticks = 0
        for tick in range(1, TICKS + 1):
            values = {
                signal: (tick % 7 == 0) if declared.type == "bool" else 3.0 + (tick % 20) / 10
                for signal, declared in scenario.signals.items()
            }
            engine.observe(values, tick * TICK_MS)
            engine.advance(tick * TICK_MS)
            ticks += 1
            if engine.outcome is not None:
                break
        best = min(best, (time.perf_counter() - started) / ticks * 1e6)
    return best


if __name__ == "__main__":
    for each in library.names():
        print(f"engine       {microseconds_per_tick(each):9.1f} us per session and tick, {each}, all signals changing")
