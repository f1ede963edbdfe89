"""Files that can be read without us: what stands in them is what was issued, and every column says what it
is.
"""

import hashlib
import json
from pathlib import Path

import pandas as pd  # type: ignore[import-untyped] # its types are a package of their own
import pyarrow as pa  # type: ignore[import-untyped] # it ships no types
import pytest
from pyarrow import parquet

from telemetry import dictionary
from telemetry.drain import Drain
from telemetry.errors import UnknownSession
from telemetry.export import DICTIONARY, export
from telemetry.streams import STREAMS

from .oracle import OPENED_UTC_S, Issued, journal_in


@pytest.fixture
def issued(database: str, tmp_path: Path) -> Issued:
    """Two stored sessions; the first is returned."""
    writer = journal_in(tmp_path / "journal")
    session, other = Issued(writer, 1), Issued(writer, 2)
    session.play(10)
    other.play(3)
    session.close()
    writer.close()
    drain = Drain(tmp_path / "journal", database)
    while drain.step():
        pass
    drain.close()
    return session


def test_files_hold_what_was_issued(database: str, tmp_path: Path, issued: Issued) -> None:
    paths = export(database, issued.id, tmp_path / "out")
    assert {path.name for path in paths} == {path.name for path in (tmp_path / "out").iterdir()}
    pose = pd.read_parquet(tmp_path / "out" / "head_pose.parquet")
    expected = [(seq, *row) for (track, seq), (_, row) in issued.rows.items() if track == 1]
    assert [tuple(row) for row in pose[["seq", *STREAMS["head_pose"].names]].to_numpy()] == expected
    assert pose["session"].unique().tolist() == [str(issued.id)]
    assert pose["at"].iloc[0].timestamp() == pytest.approx(OPENED_UTC_S + pose["t"].iloc[0], abs=2e-6)
    assert pose["plausible"].all()
    actor = pd.read_parquet(tmp_path / "out" / "proximity.parquet")
    assert set(actor["actor"]) == {"daniel"}
    events = pd.read_parquet(tmp_path / "out" / "events.parquet")
    assert len(events) == sum(event.type != "signals" for event in issued.events)
    assert json.loads(events["data"].iloc[-1])["phase"] == "closed"
    sessions = pd.read_parquet(tmp_path / "out" / "sessions.parquet")
    assert sessions["seed"].iloc[0] == 7


def test_every_column_is_described(database: str, tmp_path: Path, issued: Issued) -> None:
    export(database, issued.id, tmp_path / "out")
    described = json.loads((tmp_path / "out" / DICTIONARY).read_text())
    assert described["session"] == str(issued.id)
    views = {entry.view for entry in dictionary.entries()} - {"dictionary"}
    assert set(described["files"]) == {f"{view}.parquet" for view in views}
    for name, file in described["files"].items():
        path = tmp_path / "out" / name
        schema: pa.Schema = parquet.read_schema(path)
        assert file["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert file["rows"] == parquet.read_metadata(path).num_rows
        assert [column["name"] for column in file["columns"]] == schema.names
        for column in file["columns"]:
            metadata = schema.field(column["name"]).metadata
            for key in ("unit", "description", "privacy"):
                assert metadata[key.encode()].decode() == column[key] != ""
    axes = parquet.read_schema(tmp_path / "out" / "head_pose.parquet").metadata[b"axes"]
    assert b"-z forward" in axes


def test_an_empty_stream_has_its_columns(database: str, tmp_path: Path) -> None:
    writer = journal_in(tmp_path / "journal")
    session = Issued(writer)
    session.open()
    writer.close()
    drain = Drain(tmp_path / "journal", database)
    drain.step()
    drain.close()
    export(database, session.id, tmp_path / "out")
    voice = pd.read_parquet(tmp_path / "out" / "voice.parquet")
    assert len(voice) == 0
    assert list(voice.columns) == [e.name for e in dictionary.entries() if e.view == "voice"]


def test_an_earlier_export_is_replaced(database: str, tmp_path: Path, issued: Issued) -> None:
    first = {path: path.read_bytes() for path in export(database, issued.id, tmp_path)}
    (tmp_path / "voice.parquet").write_bytes(b"broken")
    assert {path: path.read_bytes() for path in export(database, issued.id, tmp_path)} == first
    with pytest.raises(UnknownSession, match="still being stored"):
        export(database, Issued(issued.writer).id, tmp_path)
