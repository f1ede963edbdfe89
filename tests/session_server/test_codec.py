"""Everything from outside becomes a message or a coded refusal, and nothing else."""

import json
import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_server.core.codec import MAX_BYTES, dump, parse, ref_of
from session_server.core.errors import CODES, Refusal
from session_server.core.messages import Choose, Error, Flag, Hello, Request, StagePush

RUN = "8c0b2f1e-6a52-4c2e-9a6f-0d5c3a1b2c3d"
HELLO = {
    "type": "hello", "ref": 1, "protocol": 1, "role": "trainee", "code": "WDJB-MJHT", "run": RUN,
    "client": {"name": "test", "modality": "bot"}, "streams": {"head_pose": 72, "voice": 50},
}  # fmt: skip

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


def refused(text: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        parse(text)
    return caught.value


def outcome(text: str) -> Request | Refusal:
    try:
        return parse(text)
    except Refusal as refusal:
        return refusal


def test_hello_becomes_its_type() -> None:
    hello = parse(json.dumps(HELLO))
    assert isinstance(hello, Hello)
    assert (hello.role, hello.streams["voice"], str(hello.run)) == ("trainee", 50, RUN)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"extra": 1}, "extra"),
        ({"ref": 0}, "ref"),
        ({"ref": "1"}, "ref"),
        ({"ref": True}, "ref"),
        ({"run": "not-a-uuid"}, "run"),
        ({"role": "admin"}, "role"),
        ({"client": {"name": "x", "modality": "phone"}}, "modality"),
        ({"streams": {"head_pose": "72"}}, "head_pose"),
        ({"streams": {"head_pose": 1e9}}, "head_pose"),
        ({"streams": [1]}, "streams"),
        ({"code": "x" * 81}, "code"),
    ],
)
def test_a_wrong_field_is_named(change: Mapping[str, object], names: str) -> None:
    refusal = refused(json.dumps(HELLO | dict(change)))
    assert refusal.code == "malformed"
    assert names in refusal.message


def test_missing_field_unknown_type_and_no_type_are_told_apart() -> None:
    assert "choice" in refused('{"type":"choose","ref":1}').message
    assert refused('{"type":"dance","ref":1}').code == "unknown_type"
    assert refused('{"ref":1}').code == "malformed"


def test_nan_is_not_a_number_here() -> None:
    assert refused('{"type":"presented","ref":1,"event":1,"client_ms":NaN}').code == "malformed"


def test_a_nul_is_refused_where_it_could_not_be_stored() -> None:
    assert refused('{"type":"flag","ref":1,"note":"a\\u0000b"}').code == "malformed"


def test_size_is_bounded_in_bytes_not_characters() -> None:
    text = json.dumps({"type": "flag", "ref": 1, "note": "é" * 40_000}, ensure_ascii=False)
    assert len(text) < MAX_BYTES
    assert refused(text).code == "too_large"


def test_deep_nesting_is_refused_without_recursing() -> None:
    assert refused("[" * 30_000).code == "malformed"
    assert refused('{"type":' * 5_000).code == "malformed"


@given(st.text(max_size=200) | json_values.map(json.dumps))
def test_arbitrary_text_is_a_message_or_a_refusal(text: str) -> None:
    found = outcome(text)
    if isinstance(found, Refusal):
        assert found.code in CODES
        assert len(found.message) < 600


@given(st.dictionaries(st.sampled_from([*HELLO]), json_values))
def test_a_mutated_hello_is_a_hello_or_a_refusal(change: Mapping[str, object]) -> None:
    found = outcome(json.dumps(HELLO | dict(change)))
    assert isinstance(found, Hello) or (isinstance(found, Refusal) and found.code in {"malformed", "unknown_type"})


def test_ref_is_found_even_where_the_message_is_wrong() -> None:
    assert ref_of('{"type":"dance","ref":7}') == 7
    assert [ref_of(text) for text in ("", "[]", "{}", '{"ref":true}', '{"ref":-1}', '{"ref":"7"}')] == [None] * 6


def test_what_leaves_is_json_even_where_a_number_is_not() -> None:
    push = StagePush(t=math.nan, ms=1, actors={})
    assert json.loads(dump(push)) == {"type": "stage", "t": None, "ms": 1, "actors": {}}


def test_the_details_of_an_error_stand_beside_its_code() -> None:
    error = Error(ref=3, code="sequence_gap", message="m", retry=True, details={"track": 1, "expected": 72})
    told = json.loads(dump(error))
    assert told == {
        "type": "error", "ref": 3, "code": "sequence_gap", "message": "m", "retry": True, "track": 1, "expected": 72,
    }  # fmt: skip


def test_defaults_of_a_request_are_optional_on_the_wire() -> None:
    assert parse('{"type":"flag","ref":2}') == Flag(ref=2, note="")
    assert parse('{"type":"choose","ref":2,"choice":"ask_name"}') == Choose(ref=2, choice="ask_name")
