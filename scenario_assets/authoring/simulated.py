"""What only playing shows (S080, S081, S082): held against an exploration, by the scenario's own policies and seeds.

Everything but a violated expectation is a warning: the fault may be the scenario's, or a policy is missing that gets
there.
"""

from collections.abc import Mapping
from dataclasses import replace

from scenario_assets.authoring.ways import Passage, passages
from scenario_assets.language.behaviour import Transition
from scenario_assets.language.document import Scenario
from scenario_assets.language.paths import places
from scenario_assets.language.reader import Reader
from scenario_assets.runtime import Exploration, judge

#: Sessions of a policy that no expectation asks for.
_WITHOUT_EXPECTATION = 10
#: A state that lies at an end of its range for a larger share of the time tells nothing any more.
_SATURATED = 0.5


def seeds_wanted(scenario: Scenario, *, most: int) -> dict[str, int]:
    """Policy -> how many sessions its expectations ask for, bounded by ``most``."""
    wanted = dict.fromkeys(scenario.policies, 0)
    for expect in scenario.expect:
        wanted[expect.policy] = max(wanted[expect.policy], expect.seeds)
    return {policy: min(seeds or _WITHOUT_EXPECTATION, most) for policy, seeds in wanted.items()}


def check_simulated(scenario: Scenario, reader: Reader, exploration: Exploration) -> None:
    """Report what the sessions show; the scenario must be free of errors."""
    check = _Check(scenario, reader, exploration)
    check.nodes()
    check.transitions()
    check.expectations()
    check.states()


class _Check:
    def __init__(self, scenario: Scenario, reader: Reader, exploration: Exploration) -> None:
        self.scenario = scenario
        self.reader = reader
        self.coverage = exploration.coverage
        self.samples = exploration.samples
        self.sessions = f"in {self.coverage.sessions} simulated sessions"

    def warn(self, code: str, owner: object, key: str, message: str) -> None:
        self.reader.fault(code, self.reader.place(owner, key), message, "warning")

    def nodes(self) -> None:
        for place in places(self.scenario):
            if self.coverage.nodes[place.full] == 0:
                self.warn("S080", place.node, "", f"{place.full} was never entered {self.sessions}")

    def transitions(self) -> None:
        """Of a weighted transition every target has to come up, of one that never fired only that is told."""
        written = self._written()
        fired = {way.rule for way, count in self.coverage.ways.items() if count}
        told: set[str] = set()
        for passage in passages(self.scenario):
            rule = passage.way.rule
            if self.coverage.ways[passage.way] or rule in told:
                continue
            told.add(rule)
            what = "never fired" if rule not in fired else f"never led to {passage.target}"
            self.warn("S080", written[rule], "", f"{_name(passage)} of {passage.source} {what} {self.sessions}")

    def _written(self) -> Mapping[str, Transition]:
        return {
            f"{place.full}.next[{number}]": way
            for place in places(self.scenario)
            for number, way in enumerate(place.node.next)
        }

    def expectations(self) -> None:
        for expect in self.scenario.expect:
            endings = self.samples[expect.policy].endings
            tally = judge(replace(expect, seeds=min(expect.seeds, len(endings))), endings)
            if tally.verdict == "violated":
                found = ", ".join(f"{outcome} {count}" for outcome, count in tally.outcomes.most_common())
                message = (
                    f"{expect.policy} ends as expected in {tally.share} of {tally.share.of} simulated sessions, "
                    f"at least {expect.at_least * 100:g} % are asked; it ended: {found}"
                )
                self.reader.fault("S081", self.reader.place(expect), message)

    def states(self) -> None:
        for name, dynamic in self.scenario.dynamics.items():
            stuck = self.coverage.saturated(name)
            if stuck > _SATURATED:
                message = f"{name} lay at an end of its range for {stuck * 100:.0f} % of the time {self.sessions}"
                self.warn("S082", dynamic, "range", message)
        for driver in self.coverage.never_at_work:
            drive = self.scenario.dynamics[driver.state].drives[driver.number]
            self.warn("S082", drive, "", f"drive {drive.label!r} of {driver.state} never worked {self.sessions}")


def _name(passage: Passage) -> str:
    return f"transition {passage.label!r}" if passage.label else f"transition `{passage.condition}`"
