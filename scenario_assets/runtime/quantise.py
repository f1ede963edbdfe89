"""Signals as guards see them: clamped to their range and rounded to their declared step."""

import math

from scenario_assets.language.document import Scenario


def quantise(scenario: Scenario, name: str, value: float | bool | None) -> float | bool | None:
    """The value to hand to ``Engine.observe`` and to journal; None (also for nan) stays unknown."""
    signal = scenario.signals[name]
    if value is None or signal.type == "bool":
        return None if value is None else bool(value)
    number = float(value)
    if math.isnan(number):
        return None
    if signal.range is not None:
        number = min(max(number, signal.range[0]), signal.range[1])
    if signal.step is not None:
        # Rounding to decimals afterwards keeps 0.1 * 3 from being written as 0.30000000000000004.
        number = round(round(number / signal.step) * signal.step, 6)
    return number
