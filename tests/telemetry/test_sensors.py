"""Sensors that an agency declares: strictly read, stored by their own declaration, and back out with it."""

from contextlib import suppress
from pathlib import Path

import pandas as pd  # type: ignore[import-untyped] # its types are a package of their own
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry import sensors, trace
from telemetry.drain import Drain
from telemetry.export import export
from telemetry.sensors import CLASSES, MOST, SensorsError, load, parse
from telemetry.streams import STREAMS, Privacy, Sensor

from .oracle import PULSE, PULSE_TOML, Issued, check, journal_in

SWEAT = Sensor("skin_conductance", "uS", "skin conductance at two fingers", Privacy.HEALTH, 4.0, 0.05, 60.0)


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(SensorsError) as refused:
        parse(text.encode(), name="sensors.toml")
    assert all(fault in str(refused.value) for fault in refused.value.faults)
    return refused.value.faults


def as_toml(sensor: Sensor) -> str:
    lines = (f"{key} = {value!r}" if isinstance(value, float) else f'{key} = "{value}"'
             for key, value in sensor.to_json().items())  # fmt: skip
    return "\n".join(("[[sensor]]", *lines))


def test_declarations_are_read_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "sensors.toml"
    path.write_text(PULSE_TOML + as_toml(SWEAT))
    assert load(path) == (PULSE, SWEAT)
    assert parse(b"", name="empty") == ()
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.toml")


def test_a_declared_stream_is_the_sensor_s_own() -> None:
    [column] = PULSE.stream.columns
    assert (column.name, column.unit, column.privacy) == ("value", "1/min", Privacy.HEALTH)
    assert (column.low, column.high, PULSE.stream.rate) == (25, 240, 1)
    assert PULSE.stream.names == STREAMS["sensor"].names
    assert Sensor.of(PULSE.to_json()) == PULSE
    assert Sensor.of(PULSE.to_json()).stream is PULSE.stream


def test_all_faults_are_told_at_once_with_value_bound_and_likely_mistake() -> None:
    found = faults("""
        version = 1
        [[sensor]]
        name = "Heart Rate"
        unit = ""
        description = "two\\nlines"
        privacy = "helth"
        rate = 0.01
        lo = 3
        low = 240
        high = 25
        [[sensor]]
        name = "sweat"
        unit = 3
        privacy = "personal"
        rate = "4"
        low = -1e9
        high = nan
        [[sensor]]
        name = "sweat"
    """)
    expected = [
        "unknown key 'version'; known: sensor",
        "Heart Rate: unknown key 'lo'; is 'low' meant?",
        "Heart Rate: name is 'Heart Rate'; small letters, digits and _, a letter first, at most 40: such",
        "Heart Rate: unit is ''; it must be a text on one line; write '1' for a ratio",
        "Heart Rate: description is 'two\\nlines'; it must be a text on one line",
        "Heart Rate: privacy is 'helth'; one of health, motion_biometric, voice_feature, derived, record: is 'health'",
        "Heart Rate: rate is 0.01; 0.1 to 1000 is possible: values per second; is it a period?",
        "Heart Rate: low is 240 and high is 25; low must be below high: are they exchanged?",
        "sweat: description missing; every sensor has name, unit",
        "sweat: unit is 3; it must be a text",
        "sweat: privacy is 'personal'; one of",
        "sweat: rate is '4'; it must be a number, written without quotes",
        "sweat: low is -1e+09; -1e+06 to 1e+06 is possible",
        "sweat: high is nan; it must be a number",
        "sweat: unit, description, privacy, rate, low, high missing",
        "sweat: declared 2 times; a name means one sensor",
    ]
    assert len(found) == len(expected)
    for fault, start in zip(found, expected, strict=True):
        assert fault.startswith(start)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[sensor]\n", "not a TOML file: "),
        ("[sensor]\nname = 'x'\n", "write [[sensor]] above each"),
        ("sensor = [1]\n", "write [[sensor]] above each"),
        ("\n".join(as_toml(SWEAT).replace("skin", f"s{n}") for n in range(MOST + 1)), f"{MOST + 1} sensors; at most"),
        (PULSE_TOML.replace('"health"', '"scenario"'), "privacy is 'scenario'"),
        (PULSE_TOML.replace("25", "true"), "low is True; it must be a number"),
        (PULSE_TOML.replace("1/min", "x" * 21), "unit has 21 characters; at most 20"),
        (PULSE_TOML.replace("strap", "strap\\u0000"), "must be a text on one line"),
    ],
)  # fmt: skip
def test_what_is_no_declaration_is_refused(text: str, told: str) -> None:
    [fault] = faults(text)
    assert told in fault


_WORDS = st.text(st.characters(codec="ascii", exclude_characters='"\\', exclude_categories=["C"]), min_size=1)


@given(
    st.builds(
        Sensor, st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True),
        _WORDS.filter(str.strip).map(lambda word: word[:20]).filter(str.strip),
        _WORDS.filter(str.strip).map(lambda word: word[:200]).filter(str.strip),
        st.sampled_from([Privacy(word) for word in CLASSES]), st.floats(0.1, 1000), st.floats(-1e6, 0),
        st.floats(0.001, 1e6),
    )
)  # fmt: skip
def test_whatever_is_accepted_comes_back_as_it_was_written(sensor: Sensor) -> None:
    assert parse(as_toml(sensor).encode(), name="x") == (sensor,)


@given(st.binary(max_size=60), st.dictionaries(st.sampled_from(["name", "rate", "low", "unit", "x"]), st.sampled_from(
    ['"a"', "1", "-1.5", "true", "[]", "{a = 1}", "nan", "2026-01-01", '""'])))  # fmt: skip
def test_rubbish_is_refused_with_faults_and_nothing_else(data: bytes, table: dict[str, str]) -> None:
    lines = "\n".join(f"{key} = {value}" for key, value in table.items())
    assert faults(f"[[sensor]]\n{lines}")
    with suppress(SensorsError):
        assert parse(data, name="x") == ()


@pytest.fixture
def issued(database: str, tmp_path: Path) -> Issued:
    """A stored session with two sensors, of which the pulse is once out of its bounds."""
    writer = journal_in(tmp_path / "journal")
    session = Issued(writer)
    session.open()
    session.track(1, "sensor", label="heart_rate", sensor=PULSE, rate=1.0)
    session.track(2, "sensor", label="skin_conductance", sensor=SWEAT, rate=4.0)
    session.rows_of(1, [72.0, 300.0, 25.0, 24.0])
    session.rows_of(2, [300.0, 5.0])
    writer.close()
    drain = Drain(tmp_path / "journal", database)
    while drain.step():
        pass
    drain.close()
    return session


def test_the_store_flags_by_the_declared_bounds(database: str, issued: Issued) -> None:
    check(database, issued)
    pulse = trace.read(database, issued.id).stream("sensor", "heart_rate")
    assert pulse["value"].tolist() == [72, 300, 25, 24]
    assert pulse.flags is not None
    assert pulse.flags.tolist() == [0, 1, 0, 1]
    sweat = trace.read(database, issued.id).stream("sensor", "skin_conductance")
    assert sweat.flags is not None
    assert sweat.flags.tolist() == [1, 0]


def test_a_trace_explains_itself(database: str, issued: Issued) -> None:
    found = trace.read(database, issued.id)
    assert found.labels("sensor") == ("heart_rate", "skin_conductance")
    assert found.stream("sensor", "heart_rate").stream == PULSE.stream
    assert found.stream("sensor", "skin_conductance").stream == SWEAT.stream
    # Of all sensors together only the registry's words hold.
    assert found.stream("sensor").stream == STREAMS["sensor"]
    assert len(found.stream("sensor")) == 6
    [opened, _] = found.events_of("track_opened")
    assert opened.data["declared"] == PULSE.to_json()


def test_researchers_and_exports_have_unit_bounds_and_privacy(database: str, issued: Issued, tmp_path: Path) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("SET ROLE talkdown_research")
        rows = connection.execute("SELECT sensor, unit, value, plausible FROM research.sensor ORDER BY track, seq")
        assert rows.fetchall()[:2] == [("heart_rate", "1/min", 72.0, True), ("heart_rate", "1/min", 300.0, False)]
        [pulse, sweat] = connection.execute(
            "SELECT sensor, unit, description, privacy, low, high FROM research.sensors ORDER BY track"
        ).fetchall()
        assert pulse == ("heart_rate", "1/min", PULSE.description, "health", 25.0, 240.0)
        assert sweat[0] == "skin_conductance"
    export(database, issued.id, tmp_path / "out")
    table = pd.read_parquet(tmp_path / "out" / "sensor.parquet")
    assert table[["sensor", "unit", "value"]].iloc[-1].tolist() == ["skin_conductance", "uS", 5.0]
    assert len(pd.read_parquet(tmp_path / "out" / "sensors.parquet")) == 2


def test_a_drain_that_starts_again_still_knows_the_bounds(database: str, tmp_path: Path) -> None:
    writer = journal_in(tmp_path / "journal")
    session = Issued(writer)
    session.open()
    session.track(1, "sensor", label="heart_rate", sensor=PULSE)
    for values in ([72.0], [300.0]):
        session.rows_of(1, values)
        writer.sync()
        drain = Drain(tmp_path / "journal", database)
        while drain.step():
            pass
        drain.close()
    writer.close()
    flags = trace.read(database, session.id).stream("sensor", "heart_rate").flags
    assert flags is not None
    assert flags.tolist() == [0, 1]


def test_a_sensor_without_a_declaration_has_rows_nobody_can_place(database: str, tmp_path: Path) -> None:
    writer = journal_in(tmp_path / "journal")
    session = Issued(writer)
    session.open()
    session.track(1, "sensor", label="heart_rate")
    session.rows_of(1, [72.0])
    writer.close()
    drain = Drain(tmp_path / "journal", database)
    while drain.step():
        pass
    drain.close()
    assert trace.read(database, session.id).tracks == ()
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT reason FROM core.damage").fetchall() == [
            ("track 1 is unknown: the record that opened it is lost",)
        ]


@pytest.mark.parametrize("page", [sensors.__doc__ or "", Path(sensors.__file__).with_name("README.md").read_text()])
def test_the_example_in_the_documentation_is_one(page: str) -> None:
    text = page[page.index("[[sensor]]") :]
    text = "\n".join(line.strip() for line in text[: text.index("high = 240") + 10].splitlines())
    assert parse(text.encode(), name="example") == (PULSE,)
