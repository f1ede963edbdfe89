"""Times that never come, and other numbers of the newer parts that do not add up (S070)."""

from scenario_assets.language.document import Scenario
from scenario_assets.language.paths import Place, places
from scenario_assets.language.reader import Reader

#: Shares are written with a few decimals; anything further off is a mistake and not rounding.
_ROUNDING = 1e-6


def check_times(scenario: Scenario, reader: Reader) -> None:
    """Report them; what only never happens is a warning."""
    check = _Check(scenario, reader)
    for place in places(scenario):
        check.cues(place)
    check.policies()
    check.expectations()
    check.signals()
    check.variants()
    check.ids()


class _Check:
    def __init__(self, scenario: Scenario, reader: Reader) -> None:
        self.scenario = scenario
        self.reader = reader
        self.limit = scenario.limit.after

    def fault(self, owner: object, key: str, message: str) -> None:
        self.reader.fault("S070", self.reader.place(owner, key), message)

    def warn(self, owner: object, key: str, message: str) -> None:
        self.reader.fault("S070", self.reader.place(owner, key), message, "warning")

    def cues(self, place: Place) -> None:
        left = [way.after.high for way in place.node.next if way.when is None and way.after is not None]
        end, told = min(left, default=float("inf")), f"{place.full} is left"
        if self.limit <= end:
            end, told = self.limit, "the scenario ends"
        for cue in place.node.cues:
            for key in ("at", "every"):
                delay = getattr(cue, key)
                if delay is not None and delay.low >= end:
                    self.warn(cue, key, f"never happens: after {end / 1000:g} s {told}")
        for way in place.node.next:
            if way.after is not None and way.after.low >= self.limit:
                self.warn(way, "after", f"never comes: after {self.limit / 1000:g} s the scenario ends")

    def policies(self) -> None:
        for policy in self.scenario.policies.values():
            for step in policy.steps:
                if step.at >= self.limit:
                    self.warn(step, "at", f"is never done: after {self.limit / 1000:g} s the scenario ends")
                if step.until is not None and step.every is None:
                    self.warn(step, "until", "`until` ends what is done `every` so often; there is no `every`")
                elif step.until is not None and step.until <= step.at:
                    self.fault(step, "until", f"ends at {step.until / 1000:g} s, begins at {step.at / 1000:g} s")

    def expectations(self) -> None:
        for expect in self.scenario.expect:
            if expect.within is not None and expect.within > self.limit:
                self.warn(expect, "within", f"is longer than the scenario's limit, {self.limit / 1000:g} s")

    def signals(self) -> None:
        for signal in self.scenario.signals.values():
            if signal.stale_after <= 0:
                self.fault(signal, "stale_after", "would be stale at once")
            if signal.range is not None and signal.step is not None:
                width = signal.range[1] - signal.range[0]
                if 0 < width < signal.step:
                    self.fault(signal, "step", f"{signal.step:g} is more than the whole range of {width:g}")

    def variants(self) -> None:
        for name, actor in self.scenario.actors.items():
            for variant in actor.variants.values():
                if variant.weight <= 0:
                    self.fault(variant, "weight", "a weight must be above 0; leave the variant out instead")
            total = sum(variant.weight for variant in actor.variants.values())
            if actor.variants and abs(total - 1.0) > _ROUNDING:
                self.fault(actor, "variants", f"the weights of {name}'s variants sum to {total:g}, not to 1")

    def ids(self) -> None:
        scene = self.scenario.scene
        for key, items in (("cover", scene.cover), ("hazards", scene.hazards)):
            seen: dict[str, int] = {}
            for item in items:
                line = self.reader.place(item, "id").line
                if item.id and item.id in seen:
                    message = f"id {item.id!r} of {key} stands already in line {seen[item.id]}"
                    self.reader.fault("S001", self.reader.place(item, "id"), message)
                seen.setdefault(item.id, line)
