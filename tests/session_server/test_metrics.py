"""What ``/metrics`` says is well formed, true, and told to those who may know."""

import re
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from session_server.net.counts import Histogram
from tests.session_server.live import PATIENCE_S, LiveServer, Raw, live_server
from tests.session_server.test_disk import figures, frame

#: The format's grammar, as far as it is used: https://prometheus.io/docs/instrumenting/exposition_formats/
NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*"
LINE = re.compile(
    rf"# HELP (?P<help>{NAME}) [^\n]+|# TYPE (?P<type>{NAME}) (?P<kind>counter|gauge|histogram)"
    rf'|(?P<sample>{NAME})(\{{(?P<label>{NAME})="(?P<value>[^"\\]*)"\}})? (?P<number>-?[0-9.e+-]+)'
)


def check_format(text: str) -> set[str]:
    """The families in a text, each announced once before its samples, counters named as such."""
    kinds: dict[str, str] = {}
    seen: set[tuple[str, str | None]] = set()
    assert text.endswith("\n")
    for line in text.splitlines():
        match = LINE.fullmatch(line)
        assert match is not None, line
        if kind := match["kind"]:
            assert match["type"] not in kinds
            kinds[match["type"]] = kind
            assert (kind == "counter") == match["type"].endswith("_total"), line
        elif sample := match["sample"]:
            family = re.sub("_(bucket|sum|count)$", "", sample) if kinds[list(kinds)[-1]] == "histogram" else sample
            assert family == list(kinds)[-1], f"{line} stands apart from its family"
            float(match["number"])
            assert (sample, match["value"]) not in seen, f"{line} is told twice"
            seen.add((sample, match["value"]))
    return set(kinds)


@given(st.lists(st.floats(0, 20), max_size=50))
def test_a_histogram_counts_every_value_once(values: list[float]) -> None:
    bounds = (0.5, 1.0, 10.0)
    found = Histogram(bounds)
    for value in values:
        found.add(value)
    assert sum(found.counts) == len(values)
    assert found.sum == pytest.approx(sum(values))
    for i, bound in enumerate(bounds):
        assert sum(found.counts[: i + 1]) == sum(value <= bound for value in values)


async def test_figures_follow_what_happens(tmp_path: Path, database: str) -> None:
    async with live_server(tmp_path, database) as server:
        _, code = server.open()
        before = await figures(server)
        labelled = {name for name in before if '="' in name and "_bucket" not in name}
        async with Raw.of(server.url) as raw:
            welcome = await raw.join(code)
            tracks = welcome["tracks"]
            assert isinstance(tracks, list)
            track = next(one["track"] for one in tracks if one["stream"] == "head_pose")
            for first in (0, 7, 7):
                await raw.send(frame(track, first))
            await raw.until(type="ack", tracks={str(track): 14})
            await raw.send(frame(track, 99))
            await raw.until(type="error", code="sequence_gap")
            await server.stored()
            after = await figures(server)
        for name, more in (
            ("frames_total", 4), ("journal_rows_total", 14), ('refused_total{code="sequence_gap"}', 1),
            ('connections{role="trainee"}', 1), ('journal_records_total{kind="samples"}', 2),
        ):  # fmt: skip
            assert after[f"talkdown_{name}"] - before[f"talkdown_{name}"] == more, name
        # No label is first seen when it happens, and none is gone when it happens no more.
        assert {name for name in after if '="' in name and "_bucket" not in name} == labelled
        assert after["talkdown_acks_total"] > before["talkdown_acks_total"]
        assert after['talkdown_sessions{phase="lobby"}'] == 1
        assert after["talkdown_journal_sync_seconds_count"] > before["talkdown_journal_sync_seconds_count"]
        for name in ("backlog_bytes", "damage_bytes", "journal_failing", "journal_failures_total"):
            assert after[f"talkdown_{name}"] == 0
        assert after["talkdown_stored_rows_total"] >= 14
        async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE_S) as client:
            text = await client.get("/metrics")
        assert text.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert len(check_format(text.text)) > 20


async def test_from_elsewhere_or_through_a_proxy_they_need_the_key(tmp_path: Path, database: str) -> None:
    async with live_server(tmp_path, database) as server:
        await check_access(server)


async def check_access(server: LiveServer) -> None:
    async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE_S) as client:
        assert (await client.get("/metrics")).status_code == 200
        # The last two: a proxy that says nothing of itself, a page of elsewhere whose name was bound to this machine.
        strange = ({"Host": "training.example"}, {"Host": "[::1"}, {"Host": "rebound.example:8600"})
        for there in (*({header: "for=203.0.113.9"} for header in ("X-Forwarded-For", "Forwarded", "Via")), *strange):
            refused = await client.get("/metrics", headers=there)
            assert (refused.status_code, refused.json()["code"]) == (401, "bad_key")
            told = await client.get("/metrics", headers=there | {"Authorization": f"Bearer {server.key}"})
            assert told.status_code == 200


async def test_behind_a_proxy_that_shows_itself_in_nothing_they_need_the_key_from_here_too(
    tmp_path: Path, database: str
) -> None:
    """Some proxies pass a request on as if it were their own; their pages' origin had to be named, though."""
    origins = frozenset({"https://training.example"})
    async with (
        live_server(tmp_path, database, origins=origins) as server,
        httpx.AsyncClient(base_url=server.url, timeout=PATIENCE_S) as client,
    ):
        assert (await client.get("/metrics")).status_code == 401
        told = await client.get("/metrics", headers={"Authorization": f"Bearer {server.key}"})
        assert told.status_code == 200
