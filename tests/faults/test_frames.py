"""Frames that come twice, in another order, or again after all is over: each row is stored once, as first sent."""

import asyncio
import random
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from clients.frames import as_sent, encode_block, encode_frame
from clients.issued import IssuedTrack
from clients.sampling import COLUMNS, RATES
from clients.sessions import Sessions
from tests.faults.crowd import Crowd
from tests.faults.house import House
from tests.faults.ledger import check, check_tracks
from tests.faults.seeds import seeds
from tests.session_server.live import Json, Raw

FRAMES = 40
ROWS_MAX = 12


@dataclass
class Script:
    """One station's frames, and what each track has issued in them."""

    tracks: dict[int, IssuedTrack]
    frames: list[bytes] = field(default_factory=list)
    #: Where each frame's blocks begin, by track.
    firsts: list[dict[int, int]] = field(default_factory=list)

    @classmethod
    def of(cls, welcome: Json, chance: np.random.Generator) -> "Script":
        told = welcome["tracks"]
        assert isinstance(told, list)
        script = cls({t["track"]: IssuedTrack(t["track"], t["stream"], 0, 0, 0) for t in told})
        for number in range(FRAMES):
            script.firsts.append({track.track: track.end_seq for track in script.tracks.values()})
            blocks = [script.block(track, number, chance) for track in script.tracks.values()]
            script.frames.append(encode_frame(100.0 * (number + 1), blocks))
        return script

    @staticmethod
    def block(track: IssuedTrack, number: int, chance: np.random.Generator) -> bytes:
        rows = int(chance.integers(1, ROWS_MAX))
        times = as_sent(100.0 * number + np.sort(chance.uniform(0, 100, rows)))
        values: NDArray[np.float32] = chance.random((len(COLUMNS[track.stream]), rows), np.float32)
        first, track.end_seq = track.end_seq, track.end_seq + rows
        track.keep(times, values)
        return encode_block(track.track, first, times, values)

    def forged(self, number: int, chance: np.random.Generator) -> bytes:
        """A frame with the numbers of one that was sent, and other values."""
        blocks = []
        for track in self.tracks.values():
            first = self.firsts[number][track.track]
            later = self.firsts[number + 1][track.track] if number + 1 < FRAMES else track.end_seq
            rows = later - first
            values: NDArray[np.float32] = chance.random((len(COLUMNS[track.stream]), rows), np.float32)
            blocks.append(encode_block(track.track, first, np.arange(rows, dtype=np.float64), values))
        return encode_frame(100.0 * FRAMES, blocks)


async def expected(raw: Raw, tracks: dict[int, IssuedTrack]) -> set[str]:
    """Wait until the server has answered all that was sent; returns the codes of what it refused."""
    await raw.ask("clock", t0_ms=0.0, previous=None)
    codes = set()
    for message in raw.got:
        if message["type"] == "error":
            codes.add(str(message["code"]))
        acked = message.get("tracks") if message["type"] == "ack" else None
        for track, end in acked.items() if isinstance(acked, dict) else ():
            tracks[int(track)].acked = max(tracks[int(track)].acked, end)
    raw.got.clear()
    return codes


@seeds(3, 30)
async def test_frames_twice_reordered_and_replayed(house: House, seed: int) -> None:
    chance, order = np.random.default_rng(seed), random.Random(seed)
    opened = await asyncio.to_thread(Sessions(house.url, house.key).open, "small")
    async with Raw.of(house.url) as raw:
        welcome = await raw.join(opened.code, streams={name: RATES[name] for name in ("head_pose", "voice")})
        await raw.ask("consent", content=True, microphone=True)
        script = Script.of(welcome, chance)
        sent = [number for number in range(FRAMES) for _ in range(order.choice([1, 1, 1, 2, 3]))]
        for at in range(len(sent) - 1):
            if order.random() < 0.3:
                other = min(at + order.randint(1, 4), len(sent) - 1)
                sent[at], sent[other] = sent[other], sent[at]
        for number in sent:
            await raw.send(script.frames[number])
        assert await expected(raw, script.tracks) <= {"sequence_gap", "rate_limited"}
        # As PROTOCOL.md asks: from the number expected on, everything in order, until it is acknowledged.
        for number in range(FRAMES):
            await raw.send(script.frames[number])
        async with asyncio.timeout(30):
            while any(track.acked < track.end_seq for track in script.tracks.values()):
                assert await expected(raw, script.tracks) == set()
                await asyncio.sleep(0.01)
        # Somebody plays it all once more, as it was and with other values in it.
        for number in order.sample(range(FRAMES), FRAMES):
            await raw.send(order.choice([script.frames[number], script.forged(number, chance)]))
        assert await expected(raw, script.tracks) <= {"rate_limited"}
        await raw.ask("stop")
    await asyncio.to_thread(house.stored)
    account = check_tracks(house.database, [(opened.id, script.tracks.values())])
    assert account.issued == account.acknowledged == account.stored > FRAMES


@seeds(1, 5)
async def test_pages_that_reload_start_a_new_run(house: House, seed: int) -> None:
    """The old run's acknowledged rows stay, the new run has tracks of its own, and nothing of both is mixed."""
    chance = random.Random(seed)
    async with Crowd(house, 4, seed=seed) as crowd:
        for _ in range(3):
            await crowd.fresh()
            await asyncio.sleep(chance.uniform(0, 0.2))
            await crowd.reload(chance.randrange(4))
        await crowd.fresh()
        await crowd.settle()
    await asyncio.to_thread(house.stored)
    account = await asyncio.to_thread(check, house.database, crowd)
    # What a page that was left had not got acknowledged went with it, stored or not.
    assert account.acknowledged <= account.stored <= account.issued
    tracks = [(session, track) for session, station in crowd.issuers for track in station.issued]
    assert len(tracks) == len(set(tracks)), "a new run has an old one's track"
    assert len(crowd.issuers) == 4 + 3
