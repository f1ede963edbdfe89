"""Whatever is in the file: listed faults with their lines, never a traceback, bounded time and memory."""

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from scenario_assets import library
from scenario_assets.language import Fault, Scenario, examine
from scenario_assets.language.faults import CODES
from scenario_assets.language.reader import MAX_FAULTS
from tests.scenario_assets.hostile import FILES, patterns
from tests.scenario_assets.texts import SMALL

ROOT = Path(__file__).parents[2]
#: The largest of the shipped ones, as bytes.
LIBRARY = max(((library.path(name) / "scenario.yaml").read_bytes() for name in library.names()), key=len)
#: A file of a megabyte becomes some hundred megabytes of objects at most; without bounds it would be gigabytes.
MEMORY_KB = 300_000


def sound(text: str, found: tuple[Scenario | None, tuple[Fault, ...]]) -> None:
    """Hold what is told to what may be told of this text."""
    scenario, faults = found
    assert scenario is not None or faults
    lines = text.count("\n") + text.count("\r") + 1
    for fault in faults:
        assert fault.code in CODES
        assert fault.message
        assert fault.column >= 1
        # YAML has line breaks that are not counted here, and a mark may stand at the end of the last line.
        assert 1 <= fault.line <= lines + 1 or not text.isascii()
    assert len(faults) <= MAX_FAULTS
    assert list(faults) == sorted(faults, key=lambda fault: (fault.line, fault.column, fault.code))


def check(text: str) -> None:
    sound(text, examine("x.yaml", text=text))


# -- damage ---


@pytest.mark.parametrize(
    ("offset", "step"),
    [(0, 3989), *(pytest.param(offset, 997, marks=pytest.mark.slow) for offset in range(0, 997, 331))],
)
def test_the_largest_scenario_cut_anywhere(offset: int, step: int) -> None:
    for length in range(offset, len(LIBRARY), step):
        check(LIBRARY[:length].decode("utf-8", "ignore"))


def test_it_with_bytes_changed(tmp_path: Path) -> None:
    source = random.Random(1)
    file = tmp_path / "x.yaml"
    for _ in range(60):
        data = bytearray(LIBRARY)
        for _ in range(source.choice((1, 3, 30))):
            data[source.randrange(len(data))] = source.randrange(256)
        file.write_bytes(data)
        scenario, faults = examine(file)
        assert scenario is not None or faults
        assert all(fault.line >= 1 for fault in faults)


_LINES = LIBRARY.decode().splitlines(keepends=True)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, len(_LINES) - 1), st.integers(0, len(_LINES) - 1)), max_size=4))
def test_it_with_lines_moved(moves: list[tuple[int, int]]) -> None:
    lines = list(_LINES)
    for one, other in moves:
        lines.insert(other, lines.pop(one))
    check("".join(lines))


# -- anything ---

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=8),
    st.sampled_from(["2 m", "3 s", "kim", "distance < 2 m", "pacing", "uniform(1 s, 2 s)", "50%", "on", "1:30"]),
)  # fmt: skip
keys = st.text(max_size=6) | st.sampled_from([line.partition(":")[0].strip(" -{") for line in SMALL.splitlines()])
documents: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=30,
)


@given(documents, st.booleans())
def test_any_yaml(document: Any, flow: bool) -> None:
    check(yaml.safe_dump(document, allow_unicode=True, default_flow_style=flow))


SMALL_DOCUMENT: dict[str, Any] = yaml.safe_load(SMALL)


@given(st.sampled_from(sorted(SMALL_DOCUMENT)), documents)
def test_anything_in_place_of_any_part(key: str, document: Any) -> None:
    check(json.dumps({**SMALL_DOCUMENT, key: document}))


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    check(data.decode("latin-1"))


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    check(text)


# -- cost ---


def ran(*words: str) -> Any:
    """What the program prints; a failure, such as too much processor time, shows what it wrote."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.scenario_assets.hostile", *words],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout)


#: The rest takes a second to a dozen each.
QUICK = (
    "ten megabytes", "a thousand levels of lists", "a thousand levels of tables", "half a million brackets",
    "a thousand indented levels", "billion laughs", "one long word", "one long line of text", "one long guard",
    "comments", "tiny values", "unknown keys",
)  # fmt: skip


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in FILES]
)
def test_dear_files_are_cheap(name: str) -> None:
    found = ran(name)
    assert found["grown_kb"] < MEMORY_KB
    assert found["faults"] <= MAX_FAULTS
    assert found["read"] or found["faults"]
    assert all(line >= 1 for line in found["lines"])


def test_no_pattern_explodes() -> None:
    tried = ran("patterns")
    assert tried == sorted(patterns())
    assert len(tried) > 20


def test_a_file_that_never_ends_is_given_up() -> None:
    scenario, faults = examine("/dev/zero")
    assert scenario is None
    assert [fault.message for fault in faults] == ["the file has 1000001 bytes, at most 1000000 are read"]


def test_a_folder_is_no_scenario(tmp_path: Path) -> None:
    scenario, faults = examine(tmp_path)
    assert scenario is None
    assert [fault.message for fault in faults] == ["cannot be opened: Is a directory"]
