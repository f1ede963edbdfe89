"""What simulated trainees have shown of a scenario, in the author's words, and as JSON-able data."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from scenario_assets.authoring.ways import passages
from scenario_assets.language.behaviour import Reflex
from scenario_assets.language.document import Scenario
from scenario_assets.language.paths import places
from scenario_assets.runtime import Exploration, Quartiles, Sample, Share, Tally, judge
from scenario_assets.runtime.coverage import Coverage


@dataclass(frozen=True, slots=True)
class Unused:
    """Something that never happened: where it stands, and what it is."""

    kind: Literal["node", "transition", "drive", "reflex"]
    where: str
    words: str


@dataclass(frozen=True, slots=True)
class Findings:
    """All that is told of an exploration. ``tallies`` are of the expectations that had enough sessions."""

    scenario: Scenario
    exploration: Exploration
    tallies: tuple[Tally, ...]
    unused: tuple[Unused, ...]


def findings(scenario: Scenario, exploration: Exploration) -> Findings:
    """What the exploration of this scenario has shown."""
    tallies = []
    for expect in scenario.expect:
        sample = exploration.samples.get(expect.policy)
        if sample is not None and len(sample.endings) >= expect.seeds:
            tallies.append(judge(expect, sample.endings))
    return Findings(scenario, exploration, tuple(tallies), tuple(_unused(scenario, exploration.coverage)))


def _unused(scenario: Scenario, coverage: Coverage) -> Iterator[Unused]:
    for node in coverage.never_entered:
        yield Unused("node", node, "")
    for passage in passages(scenario):
        if not coverage.ways[passage.way]:
            yield Unused("transition", f"{passage.source} -> {passage.way.target}", passage.words)
    for driver in coverage.never_at_work:
        drive = scenario.dynamics[driver.state].drives[driver.number]
        yield Unused("drive", driver.state, f"{drive.label}: {drive.when.text}")
    reflexes = dict(_reflexes(scenario))
    for rule in coverage.never_reacted:
        reflex = reflexes[rule]
        where = rule.rpartition(".reflexes[")[0] or "everywhere"
        yield Unused("reflex", where, f"{reflex.label}: {reflex.when.text}")


def _reflexes(scenario: Scenario) -> Iterator[tuple[str, Reflex]]:
    yield from ((f"reflexes[{n}]", reflex) for n, reflex in enumerate(scenario.reflexes))
    for place in places(scenario):
        yield from ((f"{place.full}.reflexes[{n}]", reflex) for n, reflex in enumerate(place.node.reflexes))


def as_data(found: Findings) -> dict[str, object]:
    """The findings as JSON-able data; times in seconds, shares of one with the ends of their 95 % interval."""
    exploration = found.exploration
    coverage = exploration.coverage
    return {
        "scenario": found.scenario.id,
        "sha256": found.scenario.sha256,
        "sessions": coverage.sessions,
        "policies": {name: _policy(sample) for name, sample in exploration.samples.items()},
        "expectations": [_expectation(tally) for tally in found.tallies],
        "states": {
            name: {
                "lowest": reach.low,
                "highest": reach.high,
                "at_low": reach.at_low_ms / coverage.ms,
                "at_high": reach.at_high_ms / coverage.ms,
            }
            for name, reach in coverage.states.items()
        },
        "unused": [asdict(unused) for unused in found.unused],
    }


def _policy(sample: Sample) -> Mapping[str, object]:
    return {
        "sessions": len(sample.endings),
        "time_s": _seconds(sample.times()),
        "outcomes": {
            outcome: {"sessions": share.met, **_share(share), "time_s": _seconds(sample.times(outcome))}
            for outcome, share in sample.outcomes.items()
        },
    }


def _expectation(tally: Tally) -> Mapping[str, object]:
    expect = tally.expect
    return {
        "policy": expect.policy,
        "outcome": list(expect.outcome),
        "at_least": expect.at_least,
        "within_s": expect.within / 1000 if expect.within is not None else None,
        "sessions": expect.seeds,
        **_share(tally.share),
        "verdict": tally.verdict,
    }


def _share(share: Share) -> Mapping[str, object]:
    return {"share": share.value, "low": share.low, "high": share.high}


def _seconds(times: Quartiles | None) -> Mapping[str, float] | None:
    if times is None:
        return None
    return {"low": times.low / 1000, "median": times.median / 1000, "high": times.high / 1000}
