"""Whether a scenario's expectations hold: a judgement on a sample, so it heeds what a sample leaves open."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scenario_assets.language.document import Scenario
from scenario_assets.language.judging import Expect
from scenario_assets.runtime.monte_carlo import Ending, explore
from scenario_assets.runtime.share import Share

#: ``met``: as often as asked. ``open``: less often, but so few sessions cannot rule out that it holds.
#: ``violated``: less often than asked, and not by chance.
Verdict = Literal["met", "open", "violated"]


@dataclass(frozen=True, slots=True)
class Tally:
    """How often an expectation was met, and how all the sessions ended."""

    expect: Expect
    share: Share
    outcomes: Counter[str]

    @property
    def verdict(self) -> Verdict:
        """Violated only where the whole 95 % interval lies below ``at_least``.

        The lower end is not asked to reach it: of "at least 100 %" no sample could ever prove that much. The
        upper end is 1 only where every session met the expectation, so one that did not violates "100 %",
        however few there are.
        """
        if self.share.value >= self.expect.at_least:
            return "met"
        return "open" if self.share.high >= self.expect.at_least else "violated"

    @property
    def holds(self) -> bool:
        """Whether the expectation is not violated."""
        return self.verdict != "violated"


def verify(scenario: Scenario, expect: Expect, *, jobs: int = 1) -> Tally:
    """Simulate an expectation's policy over its seeds 0, 1, 2 ..."""
    explored = explore(scenario, policies=[expect.policy], seeds=expect.seeds, jobs=jobs)
    return judge(expect, explored.samples[expect.policy].endings)


def judge(expect: Expect, endings: Sequence[Ending]) -> Tally:
    """Judge by sessions already simulated: by the first ``expect.seeds`` of them; there must be that many."""
    counted = endings[: expect.seeds]
    if len(counted) < expect.seeds:
        raise ValueError(f"{expect.policy} asks for {expect.seeds} sessions, {len(counted)} were simulated")
    met = sum(
        ending.outcome in expect.outcome and (expect.within is None or ending.ms <= expect.within)
        for ending in counted
    )
    return Tally(expect, Share(met, expect.seeds), Counter(ending.outcome for ending in counted))
