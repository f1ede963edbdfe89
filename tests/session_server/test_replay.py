"""A journal, folded again anywhere, gives the same state and the same decisions."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenario_assets.language import Scenario
from session_server.core.effects import Effect
from session_server.core.fold import Fold
from session_server.core.messages import (
    Act,
    Choose,
    Flag,
    Freeze,
    Goto,
    Hold,
    Inject,
    Mark,
    Nudge,
    RadioCall,
    Request,
    Resume,
    Rewind,
    Stop,
)
from session_server.core.opening import Opening
from session_server.core.replay import Divergence, replay
from session_server.core.roles import Sender
from telemetry.records import GENESIS, EventRecord, decode_event, encode_event
from tests.scenario_assets.drawn import Document, documents, scenario
from tests.session_server.rehearsal import IDENTITY, INSTRUCTOR, SMALL, TRAINEE, Rehearsal, small

REQUESTS: list[tuple[Request, Sender]] = [
    (Choose(ref=1, choice="ask"), TRAINEE), (Choose(ref=1, choice="call"), TRAINEE),
    (RadioCall(ref=1, request="co_responder"), TRAINEE), (Mark(ref=1, kind="order"), INSTRUCTOR),
    (Mark(ref=1, kind="open_question"), INSTRUCTOR), (Inject(ref=1, inject="siren"), INSTRUCTOR),
    (Freeze(ref=1), INSTRUCTOR), (Resume(ref=1), INSTRUCTOR), (Stop(ref=1), TRAINEE),
    (Goto(ref=1, region="person", node="upset"), INSTRUCTOR), (Goto(ref=1, region="backup", node="there"), INSTRUCTOR),
    (Nudge(ref=1, state="agitation", by=25.0), INSTRUCTOR), (Nudge(ref=1, state="agitation", by=-15), INSTRUCTOR),
    (Hold(ref=1, rule="person.waiting.next[0]", on=True), INSTRUCTOR),
    (Hold(ref=1, rule="person.waiting.next[0]", on=False), INSTRUCTOR),
    (Hold(ref=1, rule="backup.coming.next[0]", on=True), INSTRUCTOR),
    (Hold(ref=1, rule="backup.coming.next[0]", on=False), INSTRUCTOR),
    (Flag(ref=1, note="look"), INSTRUCTOR), (Flag(ref=1, note="@12 at the hands"), INSTRUCTOR),
    *((Rewind(ref=1, checkpoint=number), INSTRUCTOR) for number in range(4)), (Resume(ref=1), INSTRUCTOR),
]  # fmt: skip

steps = st.lists(
    st.tuples(
        st.floats(0.001, 3.0),
        st.sampled_from(REQUESTS) | st.none(),
        st.sampled_from([None, 0.5, 1.5, 3.0]),
        st.sampled_from([None, 0.0, 12.0]),
    ),
    max_size=30,
)


def scenario_of(_: Opening) -> Scenario:
    return small()


def stored(events: list[EventRecord]) -> list[EventRecord]:
    """Through the bytes of the journal and back."""
    return [decode_event(encode_event(event, GENESIS))[1] for event in events]


Plan = list[tuple[float, tuple[Request, Sender] | None, float | None, float | None]]


def playing(plan: Plan, seed: int) -> Iterator[Rehearsal]:
    """Play a session; it is given out after each step."""
    play = Rehearsal(seed=seed)
    play.begin()
    yield play
    for wait, asked, distance, voice in plan:
        play.run_for(wait, distance=distance, voice=voice)
        yield play
        if asked:
            play.ask(asked[0], asked[1], after=wait % 0.05)
            yield play


def played(plan: Plan, seed: int) -> Rehearsal:
    *_, play = playing(plan, seed)
    return play


def state(fold: Fold) -> tuple[str, list[str]]:
    """All of a session's state: its own, and what it could go back to."""
    return fold.digest(), [fold.checkpoints[number].engine().digest() for number in fold.checkpoints]


@settings(max_examples=60)
@given(steps, st.integers(0, 3))
def test_the_fold_of_the_journal_is_the_live_state_after_every_step(plan: Plan, seed: int) -> None:
    for play in playing(plan, seed):
        live = play.session.fold
        fold, unwritten = replay(IDENTITY, stored(play.events), scenario_of)
        fold.advance(live.engine.ms)
        assert not unwritten
        assert state(fold) == state(live)


def test_signals_lost_together_are_told_in_one_order_though_a_record_keeps_none() -> None:
    play = Rehearsal()
    play.begin()
    play.run_for(0.2, distance=3.0, voice=0.0, speaking=True)
    play.run_for(0.2, distance=3.0, voice=None, speaking=None)
    play.run_for(0.2, speaking=False, voice=1.0, distance=3.0)
    told = [str(event.data["signal"]) for event in play.events if event.type in ("signal_stale", "signal_back")]
    assert told == ["voice", "speaking", "voice", "speaking"]
    replay(IDENTITY, stored(play.events), scenario_of)


@settings(max_examples=12)
@given(steps)
def test_every_prefix_of_a_journal_can_be_folded(plan: Plan) -> None:
    events = stored(played(plan, 1).events)
    for end in range(1, len(events) + 1):
        fold, unwritten = replay(IDENTITY, events[:end], scenario_of)
        # What a crash cut off after an input is derived again, exactly as it would have been written.
        written = events[end : end + len(unwritten)]
        assert [event.body() for event in unwritten[: len(written)]] == [event.body() for event in written]
        assert fold.seq == end + len(unwritten)


DRAWN_REQUESTS: list[tuple[Request, Sender]] = [
    (Choose(ref=1, choice="greet"), TRAINEE), (Choose(ref=1, choice="offer"), TRAINEE),
    (Act(ref=1, act="wait"), TRAINEE), (RadioCall(ref=1, request="helper"), TRAINEE),
    (Mark(ref=1, kind="threat"), INSTRUCTOR), (Mark(ref=1, kind="reflection"), INSTRUCTOR),
    (Inject(ref=1, inject="siren"), INSTRUCTOR), (Freeze(ref=1), INSTRUCTOR), (Resume(ref=1), INSTRUCTOR),
    (Flag(ref=1), INSTRUCTOR), (Nudge(ref=1, state="agitation", by=-9.5), INSTRUCTOR),
    *((Rewind(ref=1, checkpoint=number), INSTRUCTOR) for number in range(3)), (Stop(ref=1), TRAINEE),
]  # fmt: skip


@dataclass
class Watched(Rehearsal):
    """Keeps what the live state was, first and last, when so many events were journalled: scenario ms and digest."""

    first: dict[int, tuple[int, str]] = field(default_factory=dict)
    last: dict[int, tuple[int, str]] = field(default_factory=dict)

    def take(self, effects: list[Effect]) -> list[Effect]:
        taken, fold = super().take(effects), self.session.fold
        self.last[fold.seq] = fold.engine.ms, fold.digest()
        self.first.setdefault(fold.seq, self.last[fold.seq])
        return taken


@settings(max_examples=30)
@given(
    documents(),
    st.lists(
        st.tuples(
            st.floats(0.05, 1.0),
            st.sampled_from(DRAWN_REQUESTS) | st.none(),
            st.sampled_from([None, 0.5, 1.5, 3.0]),
            st.sampled_from([None, False, True]),
        ),
        max_size=10,
    ),
    st.integers(0, 3),
)
def test_at_every_prefix_of_the_journal_the_fold_is_the_state_that_was_live(
    document: Document,
    plan: list[tuple[float, tuple[Request, Sender] | None, float | None, bool | None]],
    seed: int,
) -> None:
    """On random scenarios: after every call the session returned from, whatever it had journalled by then."""
    play = Watched(scenario=scenario(document), seed=seed)
    play.begin()
    for wait, asked, distance, speaking in plan:
        play.run_for(wait, distance=distance, speaking=speaking)
        if asked:
            play.ask(asked[0], asked[1], after=wait % 0.05)
    events = stored(play.events)
    for written, moments in ((n, (play.first[n], play.last[n])) for n in play.last):
        fold, unwritten = replay(IDENTITY, events[:written], lambda _: play.scenario)
        assert not unwritten
        for ms, digest in moments:
            fold.advance(ms)
            assert fold.digest() == digest


def test_an_edited_decision_is_found_with_its_number() -> None:
    play = Rehearsal()
    play.begin()
    play.run_for(5, distance=1.0)
    events = stored(play.events)
    at = next(index for index, event in enumerate(events) if event.type == "branch")
    wrong = events[at]
    data = dict(wrong.data) | {"target": "settled"}
    events[at] = EventRecord(wrong.seq, wrong.t, wrong.ms, wrong.actor, wrong.type, data)
    with pytest.raises(Divergence, match=f"event {wrong.seq}"):
        replay(IDENTITY, events, scenario_of)


def test_another_process_with_another_hash_seed_finds_the_same_state(tmp_path: Path) -> None:
    play = Rehearsal()
    play.begin()
    play.run_for(3, distance=1.0, voice=12.0)
    play.ask(Choose(ref=1, choice="ask"))
    play.run_for(2.5, distance=4.0)
    play.ask(Stop(ref=2))
    journal = tmp_path / "events"
    journal.write_bytes(b"\n".join(event.body() for event in play.events))
    program = (
        "import json, sys, uuid\n"
        "from scenario_assets.language import load\n"
        "from session_server.core.replay import replay\n"
        "from telemetry.records import EventRecord\n"
        "lines = open(sys.argv[1], 'rb').read().split(b'\\n')\n"
        "events = [EventRecord(**json.loads(line)) for line in lines]\n"
        "fold, _ = replay(uuid.UUID(sys.argv[3]), events, lambda _: load(sys.argv[2]))\n"
        "print(json.dumps(fold.digest()))\n"
    )
    for hash_seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", program, str(journal), str(SMALL), str(IDENTITY)],
            env=os.environ | {"PYTHONHASHSEED": hash_seed}, capture_output=True, check=True, text=True,
        )  # fmt: skip
        assert json.loads(done.stdout) == play.session.fold.digest()
