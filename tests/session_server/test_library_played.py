"""Every shipped scenario through the real server: bots on real sockets follow its policies, and it ends as it should.

A server and a bot are some milliseconds apart where a simulation is not, and bots walk and speak by their own clocks;
that this does not change an ending is what is tested here. Time runs faster, nothing else is different.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.bots import play
from scenario_assets import library
from scenario_assets.language import Scenario
from scenario_assets.language.judging import Expect
from scenario_assets.runtime import policy_as_json, simulate
from session_server.store import archive
from tests.session_server.fast_clock import run_fast
from tests.session_server.live import LiveServer, live_server

#: How fast, and how many sessions at once. A hiccup of 20 ms is 0.4 s of the fastest, and some endings hang on less:
#: what went wrong is tried again, with another seed, slower and alone.
PACES = ((20.0, 2), (5.0, 1), (2.0, 1))
#: Longer than any scenario, so that each ends by itself.
PLAYED_S = 1200.0


def typical_seeds(scenario: Scenario, expect: Expect) -> Iterator[int]:
    """Seeds whose simulations end as expected; expectations speak of shares, a single session has one ending."""
    for seed in range(expect.seeds):
        result = simulate(scenario, expect.policy, seed)
        if result.outcome in expect.outcome and (expect.within is None or result.ms <= expect.within):
            yield seed
    pytest.fail(f"{scenario.id}: too few seeds of {expect.policy} end as expected")


async def ending(server: LiveServer, database: str, scenario: Scenario, policy: str, seed: int) -> str | None:
    """Play one session over the wire; the outcome that is stored of it."""
    room = server.house.open(scenario.id, pseudonym=policy, seed=seed)
    session = room.session.id
    await play(
        server.url, code=server.house.code(session), key=server.key, session=str(session),
        policy=policy_as_json(scenario, policy), seconds=PLAYED_S,
    )  # fmt: skip
    await server.stored()
    stored = await asyncio.to_thread(archive.past_session, database, session)
    return None if stored is None else stored.outcome


async def play_all(
    folder: Path, database: str, scenario: Scenario, seeds: dict[str, int], side_by_side: int
) -> dict[str, str | None]:
    """The outcome of each policy, played with its seed, a few at a time."""
    free = asyncio.Semaphore(side_by_side)

    async def in_turn(server: LiveServer, policy: str) -> str | None:
        async with free:
            return await ending(server, database, scenario, policy, seeds[policy])

    async with live_server(folder, database) as server:
        return dict(zip(seeds, await asyncio.gather(*(in_turn(server, policy) for policy in seeds)), strict=True))


def check(folder: Path, database: str, scenario: Scenario, expected: list[Expect]) -> None:
    typical = {expect.policy: typical_seeds(scenario, expect) for expect in expected}
    for rate, side_by_side in PACES:
        # Seeds are looked for beforehand: a simulation in between would hold up every session that runs.
        seeds = {expect.policy: next(typical[expect.policy]) for expect in expected}
        ended = run_fast(play_all(folder, database, scenario, seeds, side_by_side), rate=rate)
        expected = [expect for expect in expected if ended[expect.policy] not in expect.outcome]
        if not expected:
            return
    pytest.fail(f"{scenario.id}: {[(e.policy, ended[e.policy]) for e in expected]}, expected {[*expected]}")


@pytest.mark.parametrize("name", library.names())
def test_the_model_trainee_is_answered_as_in_simulation(name: str, open_folder: Path, database: str) -> None:
    scenario = library.load(name)
    check(open_folder, database, scenario, [e for e in scenario.expect if e.policy == "model_officer"])


@pytest.mark.slow
@pytest.mark.parametrize("name", library.names())
def test_every_policy_ends_as_expected(name: str, open_folder: Path, database: str) -> None:
    scenario = library.load(name)
    check(open_folder, database, scenario, list({e.policy: e for e in scenario.expect}.values()))
