"""Codes and keys: who may come in."""

import stat
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_server.core.errors import Refusal
from session_server.net import auth


def test_the_key_is_made_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "console.key"
    key = auth.load_key(path)
    assert auth.load_key(path) == key
    assert len(key) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@given(st.uuids(), st.text(min_size=1, max_size=40))
def test_a_code_is_eight_letters_and_the_same_after_a_restart(session: UUID, key: str) -> None:
    code = auth.code_of(session, key)
    assert code == auth.code_of(session, key)
    assert len(code) == 9
    assert set(code) <= {*auth.LETTERS, "-"}


def test_codes_differ_by_session_and_by_key() -> None:
    sessions = [uuid4() for _ in range(200)]
    codes = {auth.code_of(session, key) for session in sessions for key in ("a", "b")}
    assert len(codes) == 400


@pytest.mark.parametrize("typed", ["wdjb-mjht", " WDJB MJHT ", "WDJBMJHT", "w-d-j-b-m-j-h-t"])
def test_a_code_is_understood_as_people_write_it(typed: str) -> None:
    assert auth.normal(typed) == "WDJBMJHT"


def test_ten_failures_in_a_minute_are_the_most_and_only_for_that_address() -> None:
    guesses = auth.Guesses()
    for second in range(auth.MAX_FAILURES):
        guesses.check("10.0.0.1", float(second))
        guesses.failed("10.0.0.1", float(second))
    with pytest.raises(Refusal, match="rate_limited") as caught:
        guesses.check("10.0.0.1", 10.0)
    assert caught.value.retry
    guesses.check("10.0.0.2", 10.0)
    guesses.check("10.0.0.1", auth.WINDOW_S + 1.0)


def test_memory_for_addresses_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "MAX_ADDRESSES", 3)
    guesses = auth.Guesses()
    for number in range(10):
        guesses.failed(f"10.0.0.{number}", 0.0)
    assert len(guesses._failures) == 3
