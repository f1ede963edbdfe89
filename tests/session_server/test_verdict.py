"""A record done again: it comes out as written, or the first difference is named."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from scenario_assets.language import Scenario
from session_server.core.messages import Choose, Stop
from session_server.core.opening import Opening
from session_server.core.verdict import Field, reexecute
from telemetry.errors import ChainError, RecordError
from telemetry.records import GENESIS, EventRecord, encode_event
from tests.session_server.rehearsal import IDENTITY, Rehearsal, small


def chained(events: Sequence[EventRecord]) -> list[bytes]:
    """As the recorder writes them."""
    payloads, before = [], GENESIS
    for event in events:
        payloads.append(encode_event(event, before))
        before = payloads[-1][:32]
    return payloads


def played() -> Rehearsal:
    play = Rehearsal()
    play.begin()
    play.run_for(3, distance=1.0, voice=12.0)
    play.ask(Choose(ref=1, choice="ask"))
    play.run_for(2.5, distance=4.0)
    play.ask(Stop(ref=2))
    return play


def scenario_of(_: Opening) -> Scenario:
    return small()


def test_what_was_recorded_comes_out_again() -> None:
    play = played()
    verdict = reexecute(IDENTITY, chained(play.events), scenario_of)
    assert verdict.difference is None
    assert verdict.events == len(play.events)
    assert verdict.digest == play.session.fold.digest()
    assert verdict.unwritten == 0
    assert verdict.opening.seed == 7


def test_a_record_that_was_cut_off_says_how_much_is_missing() -> None:
    events = played().events
    choice = next(n for n, event in enumerate(events) if event.type == "choice")
    verdict = reexecute(IDENTITY, chained(events[: choice + 1]), scenario_of)
    assert verdict.difference is None
    assert verdict.unwritten > 0


def test_a_decision_that_comes_out_differently_is_named_with_its_fields() -> None:
    events = played().events
    at = next(n for n, event in enumerate(events) if event.type == "branch")
    wrong = replace(events[at], data={**events[at].data, "target": "elsewhere"})
    verdict = reexecute(IDENTITY, chained([*events[:at], wrong, *events[at + 1 :]]), scenario_of)
    difference = verdict.difference
    assert difference is not None
    assert (difference.seq, difference.type, difference.t) == (at, "branch", wrong.t)
    assert difference.fields == (Field("target", "elsewhere", events[at].data["target"]),)
    assert verdict.digest is None


def test_a_decision_that_does_not_follow_is_named() -> None:
    events = played().events
    false = EventRecord(len(events), events[-1].t, events[-1].ms, "scenario", "emit", {"event": "rain"})
    difference = reexecute(IDENTITY, chained([*events, false]), scenario_of).difference
    assert difference is not None
    assert (difference.seq, difference.what) == (len(events), "the record has it, and nothing comes out here")


def test_an_input_changed_after_it_was_written_is_found_by_its_hash_at_the_latest() -> None:
    events = played().events
    at = next(n for n, event in enumerate(events) if event.type == "consent")
    payloads = chained(events)
    # What is said in the consent makes no difference to any decision: only the hash tells.
    other = replace(events[at], data={**events[at].data, "microphone": False})
    payloads[at] = payloads[at][:32] + other.body()
    difference = reexecute(IDENTITY, payloads, scenario_of).difference
    assert difference is not None
    assert difference.seq == at
    assert "one was changed" in difference.what


def test_a_lost_event_is_found() -> None:
    payloads = chained(played().events)
    difference = reexecute(IDENTITY, payloads[:9] + payloads[10:], scenario_of).difference
    assert difference is not None
    assert difference.seq <= 10


def test_the_earlier_of_two_faults_is_told() -> None:
    events = played().events
    at = next(n for n, event in enumerate(events) if event.type == "branch")
    wrong = replace(events[at], data={**events[at].data, "target": "elsewhere"})
    payloads = chained([*events[:at], wrong, *events[at + 1 :]])
    payloads[2] = bytes(32) + payloads[2][32:]
    difference = reexecute(IDENTITY, payloads, scenario_of).difference
    assert difference is not None
    assert difference.seq == 2


def test_a_record_without_its_beginning_or_with_rubbish_cannot_be_replayed() -> None:
    payloads = chained(played().events)
    with pytest.raises(ChainError, match="does not begin with its opening"):
        reexecute(IDENTITY, payloads[1:], scenario_of)
    with pytest.raises(ChainError, match="does not begin with its opening"):
        reexecute(IDENTITY, [], scenario_of)
    with pytest.raises(RecordError, match="are not an event"):
        reexecute(IDENTITY, [*payloads, b"x" * 50], scenario_of)
