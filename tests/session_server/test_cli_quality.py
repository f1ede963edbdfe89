"""``talkdown quality`` prints what people read in a terminal of 80 columns."""

import json
from pathlib import Path
from typing import cast

import pytest
from rich.console import Console

from session_server.cli import quality
from telemetry.quality.document import QualityJson

DOCUMENT = Path(__file__).parents[1] / "data" / "quality.json"
NAMES = [("head_pose", ""), ("sensor", "skin_conductance")]


def printed(found: QualityJson, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    console = Console(width=80, highlight=False)
    monkeypatch.setattr(quality, "console", console)
    with console.capture() as capture:
        quality.show(found)
    return capture.get().splitlines()


def test_each_stream_has_one_line_of_80_columns_and_its_gaps_are_told_below(monkeypatch: pytest.MonkeyPatch) -> None:
    found = cast("QualityJson", json.loads(DOCUMENT.read_text()))
    for stream, (name, label) in zip(found["streams"], NAMES, strict=True):
        stream["stream"], stream["label"], stream["missing"] = name, label, 12_345
        stream["coverage"], stream["rate_hz"] = 1.0, 72.3
        stream["clock_ms"] = {"median": 1.2, "p95": 120.5, "worst": 400.0}
    found["streams"][0]["gaps"] |= {"count": 13, "seconds": 1220.5, "longest_s": 800.0}
    found["streams"][0]["gaps"]["causes"]["asleep"] = {"count": 12, "seconds": 1200.5, "missing": 0}
    lines = printed(found, monkeypatch)
    table = lines[: 1 + len(NAMES)]
    assert max(map(len, table)) <= 80
    assert [line.split()[0] for line in table[1:]] == [f"{name}.{label}".rstrip(".") for name, label in NAMES]
    assert "13, 1220 s" in table[1]
    assert "±120 ms" in table[1]
    below = next(line for line in lines if line.startswith("head_pose: "))
    assert below.startswith("head_pose: Gaps: 12 asleep, 1 declared; the longest of 800 s. 88 % of the running time")
