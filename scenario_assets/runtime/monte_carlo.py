"""Many simulated trainees: every policy over many seeds, in one process or in several.

The result depends on the scenario, the policies and the seeds alone, never on how many processes played.
"""

import multiprocessing
import signal
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import reduce

from scenario_assets.language.document import Scenario
from scenario_assets.runtime.coverage import Coverage, watched
from scenario_assets.runtime.policy import policy_of
from scenario_assets.runtime.share import Share

#: Sessions given to a process at a time: half a second of work, so that progress is seen and a stop comes soon.
_BATCH = 4

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a session ended, and when (scenario milliseconds)."""

    outcome: str
    ms: int


@dataclass(frozen=True, slots=True)
class Quartiles:
    """Of times in milliseconds."""

    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True)
class Sample:
    """One policy's sessions, with the seeds 0, 1, 2 ... in that order, and what they touched."""

    policy: str
    endings: tuple[Ending, ...]
    coverage: Coverage

    @property
    def outcomes(self) -> Mapping[str, Share]:
        """Each outcome that was reached, the most frequent first."""
        found = Counter(ending.outcome for ending in self.endings)
        return {outcome: Share(count, len(self.endings)) for outcome, count in found.most_common()}

    def times(self, outcome: str | None = None) -> Quartiles | None:
        """When the sessions ended (with this outcome, if one is named); None if none did."""
        times = [ending.ms for ending in self.endings if outcome in (None, ending.outcome)]
        if not times:
            return None
        # Of a single time all quartiles are that time; `quantiles` wants two.
        low, median, high = statistics.quantiles(times * 2 if len(times) == 1 else times, n=4, method="inclusive")
        return Quartiles(low, median, high)


@dataclass(frozen=True, slots=True)
class Exploration:
    """All policies' sessions; ``coverage`` is of all together."""

    samples: Mapping[str, Sample]
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class _Batch:
    policy: str
    first: int
    end: int


def explore(
    scenario: Scenario,
    *,
    policies: Sequence[str] | None = None,
    seeds: int | Mapping[str, int] = 100,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Exploration:
    """Play each policy (all unless named) with the seeds 0 to ``seeds`` - 1, in ``jobs`` processes.

    ``seeds`` may differ by policy. ``progress`` is called with the number of sessions finished since its last
    call. Raises UnknownName for a policy the scenario does not have. With more than one job, a script that calls
    this needs the usual ``if __name__ == "__main__"``, for the processes are spawned.
    """
    names = tuple(scenario.policies) if policies is None else tuple(dict.fromkeys(policies))
    counts = {name: seeds if isinstance(seeds, int) else seeds[name] for name in names}
    for name in names:
        policy_of(scenario, name)
    batches = [
        _Batch(name, first, min(first + _BATCH, count))
        for name, count in counts.items()
        for first in range(0, count, _BATCH)
    ]
    samples = {name: Sample(name, (), Coverage.none(scenario)) for name in names}
    for part in _played(scenario, batches, min(jobs, len(batches)), progress):
        before = samples[part.policy]
        samples[part.policy] = Sample(
            part.policy, before.endings + part.endings, before.coverage + part.coverage
        )
    together = (sample.coverage for sample in samples.values())
    return Exploration(samples, reduce(Coverage.__add__, together, Coverage.none(scenario)))


def _played(
    scenario: Scenario, batches: Sequence[_Batch], jobs: int, progress: Progress | None
) -> Iterator[Sample]:
    """The batches' samples in the batches' order."""
    if jobs <= 1:
        for batch in batches:
            yield _play(scenario, batch)
            if progress is not None:
                progress(batch.end - batch.first)
        return
    # Spawned, not forked: a fork copies the locks of whatever threads the caller has.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(scenario,)) as pool:
        try:
            waiting = {pool.submit(_play_given, batch): batch for batch in batches}
            for done in as_completed(waiting):
                done.result()
                if progress is not None:
                    progress(waiting[done].end - waiting[done].first)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
        yield from (future.result() for future in waiting)


_given: list[Scenario] = []


def _begin(scenario: Scenario) -> None:
    """Make a process ready: it plays this scenario, and leaves Ctrl-C to the one who started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _given[:] = [scenario]


def _play_given(batch: _Batch) -> Sample:
    return _play(_given[0], batch)


def _play(scenario: Scenario, batch: _Batch) -> Sample:
    endings: list[Ending] = []
    coverage = Coverage.none(scenario)
    for seed in range(batch.first, batch.end):
        result, touched = watched(scenario, batch.policy, seed)
        endings.append(Ending(result.outcome, result.ms))
        coverage += touched
    return Sample(batch.policy, tuple(endings), coverage)
