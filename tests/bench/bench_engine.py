"""Print what the scenario engine costs, beside its peers in the same run: part of `make bench`.

The best of several rounds each, in seconds of the processor; the machine may be busy, the ratios are what counts.
"""

import math
from importlib.metadata import version

from scenario_assets import library
from scenario_assets.language import Scenario, examine
from scenario_assets.language.paths import places
from scenario_assets.runtime import TICK_MS, Engine, quantise, simulate
from scenario_assets.runtime.compile import program_of
from tests.bench.figures import best_of, tell
from tests.bench.three_regions import engines

TICKS = 6_000
ROUNDS = 5
EVENTS = 2_000
#: Seconds in which a signal goes up and down once; different for each, so that all combinations come.
PERIODS = (7.0, 11.0, 13.0, 17.0, 19.0)


def peers() -> None:
    """Events per second on one chart in four engines."""
    runs = engines()
    best = best_of(ROUNDS, *(lambda run=run: [run() for _ in range(EVENTS)] for run in runs.values()))
    rates = dict(zip(runs, (EVENTS / seconds for seconds in best), strict=True))
    for name, rate in rates.items():
        release = "" if name == "talkdown" else f" {version(name.replace('_', '-'))}"
        tell("engine", rate, f"events/s on three regions, {name}{release}")
    for name in list(rates)[1:]:
        goal = 7.0 if name == "transitions" else None
        tell("engine", rates["talkdown"] / rates[name], f"times the events of {name}", at_least=goal)


def live(scenario: Scenario) -> list[dict[str, float | bool | None]]:
    """All signals moving over their whole range, each with its own period, as a session would journal them."""
    rows: list[dict[str, float | bool | None]] = []
    for tick in range(TICKS):
        row: dict[str, float | bool | None] = {}
        for (name, signal), number in zip(scenario.signals.items(), range(len(scenario.signals)), strict=True):
            share = 0.5 - 0.5 * math.cos(2 * math.pi * tick * TICK_MS / 1000 / PERIODS[number % len(PERIODS)])
            low, high = signal.range or (0.0, 1.0)
            value = share > 0.5 if signal.type == "bool" else low + share * (high - low)
            row[name] = quantise(scenario, name, value)
        rows.append(row)
    return rows


def microseconds_per_tick(scenario: Scenario) -> float:
    """The cost of a tick while all signals are live, with beginning anew whenever a session has ended."""
    rows = live(scenario)

    def run() -> None:
        now, engine = 0, Engine(scenario, seed=0)
        engine.start()
        for number, row in enumerate(rows):
            now += TICK_MS
            engine.observe(row, now)
            engine.advance(now)
            if engine.outcome is not None:
                now, engine = 0, Engine(scenario, seed=number)
                engine.start()

    return best_of(ROUNDS, run)[0] / TICKS * 1e6


def simulated_per_second(scenario: Scenario) -> float:
    """Five-minute sessions simulated in a second on one core, over all policies of the scenario."""
    sessions = sum(simulate(scenario, policy, seed=1).ms for policy in scenario.policies) / 300_000
    return sessions / best_of(ROUNDS, lambda: [simulate(scenario, policy, seed=1) for policy in scenario.policies])[0]


def microseconds_per_guard(scenario: Scenario) -> float:
    """The mean over all guards of the scenario's transitions and drives, in a running session."""
    program = program_of(scenario)
    engine = Engine(scenario, seed=1)
    engine.start()
    engine.observe(live(scenario)[40], 0)
    engine.advance(1_000)
    memory = engine._run.memory
    drives = (test for _, test in program.drives.tests)
    tests = [*drives, *(rule.test for rule in program.rules if rule.test is not None and rule.source)]

    def run() -> None:
        for test in tests:
            test(memory)

    return best_of(50, run)[0] / len(tests) * 1e6


def main() -> None:
    """Measure and print."""
    peers()
    scenarios = [library.load(name) for name in library.names()]
    largest = max(scenarios, key=lambda scenario: len(list(places(scenario))))
    for scenario in scenarios:
        what = f"us per session and tick, {scenario.id}, all signals live"
        tell("engine", microseconds_per_tick(scenario), what, at_most=15.0)
    tell("engine", simulated_per_second(largest), f"five-minute sessions simulated per second and core, {largest.id}")
    tell("engine", microseconds_per_guard(largest), f"us per guard, mean of {largest.id}", at_most=0.5)
    assert largest.path is not None
    path = largest.path
    seconds = best_of(ROUNDS, lambda: examine(path))[0]
    tell("engine", seconds * 1e3, f"ms to check {largest.id} without simulation", at_most=500.0)


if __name__ == "__main__":
    main()
