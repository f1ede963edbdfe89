"""What a program that sends an agency's own sensors may do, and when its values are taken: the core alone."""

from uuid import UUID

import pytest

from session_server.core.effects import Effect, RecordSamples, Send
from session_server.core.errors import Refusal
from session_server.core.fold import Fold
from session_server.core.messages import (
    Ack,
    Begin,
    ClientInfo,
    Consent,
    Error,
    EventPush,
    Hello,
    SensorState,
    Stop,
    Welcome,
)
from session_server.core.phases import Phase
from session_server.core.replay import replay
from session_server.core.roles import RULES, Role, Sender
from telemetry.frames import Block, Gap, decode_block, encode_block
from telemetry.streams import Privacy, Sensor
from tests.session_server.rehearsal import INSTRUCTOR, TRAINEE, Rehearsal, dated, hello, messages, opening, small

PULSE = Sensor("heart_rate", "1/min", "heart rate, from the chest strap", Privacy.HEALTH, 1.0, 25.0, 240.0)
SWEAT = Sensor("skin_conductance", "uS", "skin conductance at two fingers", Privacy.HEALTH, 4.0, 0.05, 60.0)
STRAP = Sender("sensor-1", Role.SENSOR, 7)
STRAP_RUN = UUID(int=7)


def rehearsal() -> Rehearsal:
    return Rehearsal(sensors=(PULSE, SWEAT))


def announce(*names: str, rate: float = 9.0, run: UUID = STRAP_RUN) -> Hello:
    client, streams = ClientInfo("strap", "sensor"), {name: rate for name in names}
    return Hello(ref=1, protocol=1, role="sensor", run=run, client=client, streams=streams)


def join(play: Rehearsal, *names: str, sender: Sender = STRAP) -> Welcome:
    [welcome] = [
        message
        for message in messages(play.take(play.session.join(announce(*names), sender, play.now)))
        if isinstance(message, Welcome)
    ]
    return welcome


def values(track: int, first: int, *numbers: float) -> Block | Gap:
    return decode_block(encode_block(track, first, [1000.0 + first + n for n in range(len(numbers))], list(numbers)))


def take(play: Rehearsal, block: Block | Gap, *, sender: Sender = STRAP, run: UUID = STRAP_RUN) -> list[Effect]:
    fresh = play.session.fresh_rows((block,), sender, run=str(run))
    return play.take(play.session.take_rows((block,), dated(fresh), sender))


def test_a_sensor_s_track_is_as_it_is_declared_and_says_so_in_the_record() -> None:
    play = rehearsal()
    welcome = join(play, "sensor.heart_rate")
    [track] = welcome.tracks
    assert (track.stream, track.label, track.columns, track.rate) == ("sensor", "heart_rate", ("value",), 1.0)
    [opened] = [event for event in play.events if event.type == "track_opened"]
    assert opened.data["declared"] == PULSE.to_json()
    assert (opened.data["station"], opened.data["rate"]) == ("sensor-1", 1.0)
    assert (welcome.scenario, welcome.calibration) == ({}, None)


@pytest.mark.parametrize("asked", [None, (), ("heart_rate",)])
def test_everybody_is_told_which_sensors_there_are_and_what_was_agreed(asked: tuple[str, ...] | None) -> None:
    play = rehearsal()
    if asked is not None:
        play.join()
        play.ask(Consent(ref=2, content=True, microphone=False, sensors=asked))
    agreed = None if asked is None else "heart_rate" in asked
    assert join(play, "sensor.heart_rate").sensors == (
        SensorState("heart_rate", "1/min", PULSE.description, "health", 1.0, agreed),
        SensorState("skin_conductance", "uS", SWEAT.description, "health", 4.0, None if asked is None else False),
    )


def test_values_are_taken_only_after_the_trainee_has_agreed_to_just_this_sensor() -> None:
    play = rehearsal()
    play.join()
    join(play, "sensor.heart_rate", "sensor.skin_conductance")
    with pytest.raises(Refusal, match=r"wrong_phase: values of 'heart_rate' .* in lobby") as early:
        take(play, values(3, 0, 72))
    assert early.value.retry
    play.ask(Consent(ref=2, content=True, microphone=False, sensors=("heart_rate",)))
    assert messages(take(play, values(3, 0, 72))) == [Ack(tracks={"3": 1})]
    with pytest.raises(Refusal, match=r"forbidden: the trainee has not agreed to 'skin_conductance'"):
        take(play, values(4, 0, 5))
    # Who takes the agreement back while that can be done is heard.
    play.ask(Consent(ref=3, content=True, microphone=False))
    with pytest.raises(Refusal, match="forbidden"):
        take(play, values(3, 1, 73))
    assert [block.track for sample in play.samples for block in sample.blocks()] == [3]


def test_the_trainee_s_own_station_needs_the_same_agreement() -> None:
    play = rehearsal()
    play.take(play.session.join(hello(streams=("head_pose", "sensor.heart_rate")), TRAINEE, play.now))
    play.ask(Consent(ref=2, content=True, microphone=True))
    run = hello().run
    with pytest.raises(Refusal, match="forbidden"):
        take(play, values(2, 0, 72), sender=TRAINEE, run=run)
    play.ask(Consent(ref=3, content=True, microphone=True, sensors=("heart_rate",)))
    assert any(isinstance(effect, RecordSamples) for effect in take(play, values(2, 0, 72), sender=TRAINEE, run=run))


def test_consent_to_a_sensor_that_nobody_declared_is_refused() -> None:
    play = rehearsal()
    play.join()
    effects = play.ask(Consent(ref=2, content=True, microphone=False, sensors=("heart_rate", "blood_pressure")))
    [refused] = [message for message in messages(effects) if isinstance(message, Error)]
    assert (refused.code, play.session.phase) == ("unknown_name", Phase.LOBBY)
    assert "no sensor is called 'blood_pressure'; known: heart_rate, skin_conductance" in refused.message


@pytest.mark.parametrize(
    ("streams", "told"),
    [
        ((), "announces at least one"),
        (("sensor.heart_rate", "head_pose"), "not 'head_pose'"),
        (("sensor.blood_pressure",), "no sensor is called 'blood_pressure'; declared: heart_rate, skin_conductance$"),
        (("sensor",), "no station stream is called 'sensor'"),
        (("sensor.*",), r"no station stream is called 'sensor\.\*'"),
    ],
)
def test_a_sensor_announces_declared_sensors_and_nothing_else(streams: tuple[str, ...], told: str) -> None:
    play = rehearsal()
    with pytest.raises(Refusal, match=told):
        play.session.join(announce(*streams), STRAP, 0.1)
    assert not list(play.session.fold.tracks)


def test_without_declarations_there_is_no_sensor() -> None:
    play = Rehearsal()
    with pytest.raises(Refusal, match=r"no sensor is called 'heart_rate'; declared: none \(sensors\.toml"):
        play.session.join(announce("sensor.heart_rate"), STRAP, 0.1)


def test_a_sensor_compares_clocks_and_asks_for_nothing_else() -> None:
    assert [kind.__name__ for kind, rule in RULES.items() if Role.SENSOR in rule.roles] == ["Clock"]
    play = rehearsal()
    join(play, "sensor.heart_rate")
    for request in (Stop(ref=2), Begin(ref=3), Consent(ref=4, content=True, microphone=False)):
        [refused] = [m for m in messages(play.ask(request, STRAP)) if isinstance(m, Error)]
        assert (refused.code, refused.message) == ("forbidden", f"a sensor may not send {request.type!r}")


def test_instructors_see_a_sensor_come_and_go() -> None:
    play = rehearsal()
    play.join(INSTRUCTOR)
    join(play, "sensor.heart_rate")
    play.take(play.session.leave(STRAP, play.now))
    seen = [
        (effect.message.kind, effect.message.actor)
        for effect in play.effects
        if isinstance(effect, Send) and isinstance(effect.message, EventPush)
    ]
    assert seen[-3:] == [("joined", "sensor-1"), ("track_opened", "system"), ("left", "sensor-1")]


def test_what_was_declared_is_replayed_from_the_record_alone() -> None:
    play = rehearsal()
    play.join()
    join(play, "sensor.heart_rate")
    play.ask(Consent(ref=2, content=True, microphone=False, sensors=("heart_rate",)))
    fold, unwritten = replay(play.session.id, play.events, lambda opening: small())
    assert (unwritten, fold.digest()) == ([], play.session.fold.digest())
    assert fold.tracks[3].stream == PULSE.stream
    assert fold.sensors == {"heart_rate": PULSE, "skin_conductance": SWEAT}
    assert Fold.of(play.session.id, small(), opening(small())).sensors == {}
