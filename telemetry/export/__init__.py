"""A session as files that need neither the database nor us: Parquet, and a dictionary of every column.

One file per research view, with the view's name and columns. Units, meaning and privacy class stand in each
column's metadata and, for people, in `dictionary.json`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC
from pathlib import Path
from uuid import UUID

import numpy as np
import psycopg
import pyarrow as pa  # type: ignore[import-untyped] # it ships no types
from psycopg import sql
from pyarrow import parquet

from telemetry import dictionary
from telemetry.dictionary import Entry
from telemetry.streams import STREAMS
from telemetry.trace import Samples, Trace, read

__all__ = ["DICTIONARY", "FORMAT", "export"]

FORMAT = "talkdown-export/1"
DICTIONARY = "dictionary.json"

# PostgreSQL's type of a view's column, by its OID's name, to the file's.
_TYPES: dict[str, pa.DataType] = {
    "bool": pa.bool_(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "jsonb": pa.string(),
    "numeric": pa.decimal128(38, 0),
    "text": pa.string(),
    "timestamptz": pa.timestamp("us", tz="UTC"),
    "uuid": pa.string(),
}


def export(conninfo: str, session: UUID, directory: Path | str) -> list[Path]:
    """Write a session's files into `directory` (made if need be) and return their paths, the dictionary last.

    Files of an earlier export are replaced, each as a whole. Raises `UnknownSession`.
    """
    folder = Path(directory)
    with psycopg.connect(conninfo) as connection:
        # One snapshot: the files belong together even while the session goes on.
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        trace = read(connection, session)
        entries = _by_view()
        tables = {
            view: _samples(trace, view) if view in STREAMS else _view(connection, session, view)
            for view in entries
            if view != "dictionary"
        }
    folder.mkdir(parents=True, exist_ok=True)
    written = [
        _write(folder, view, _described(table, trace, view, entries[view])) for view, table in tables.items()
    ]
    described = _dictionary(trace, tables, entries, written)
    return [*written, _replace(folder / DICTIONARY, json.dumps(described, indent=1).encode())]


def _by_view() -> dict[str, list[Entry]]:
    entries: dict[str, list[Entry]] = {}
    for entry in dictionary.entries():
        entries.setdefault(entry.view, []).append(entry)
    return entries


def _samples(trace: Trace, name: str) -> pa.Table:
    """All tracks of a stream, with the columns of its view."""
    stream = STREAMS[name]
    tracks = [track for track in trace.tracks if track.stream.name == name]
    parts = [_track(trace, track) for track in tracks or [Samples.empty(stream)]]
    return pa.concat_tables([pa.table(part) for part in parts])


def _track(trace: Trace, track: Samples) -> dict[str, pa.Array]:
    count = len(track)
    opened = np.datetime64(trace.session.opened_at.astimezone(UTC).replace(tzinfo=None), "us")
    at = opened + np.rint(track.t * 1e6).astype("timedelta64[us]")
    flags = np.zeros(count, np.int16) if track.flags is None else track.flags
    known = {
        "session": _repeated(str(trace.session.id), count),
        "track": pa.array(np.full(count, track.track, np.int32)),
        "station": _repeated(track.station, count),
        "seq": pa.array(track.seq),
        "t": pa.array(track.t),
        "at": pa.array(at).cast(_TYPES["timestamptz"]),
        "client_ms": pa.array(track.client_ms),
        "plausible": pa.array(flags == 0),
    }
    if track.stream.labels is not None:
        known[track.stream.labels.column] = _repeated(track.label, count)
        if track.stream.labels.giver == "agency":
            known["unit"] = _repeated(track.stream.columns[0].unit, count)
    known |= {name: pa.array(track[name]) for name in track.stream.names}
    return {entry.name: known[entry.name] for entry in dictionary.samples(track.stream)}


def _repeated(word: str, count: int) -> pa.Array:
    """The same word `count` times, stored once."""
    return pa.DictionaryArray.from_arrays(np.zeros(count, np.int32), pa.array([word]))


def _view(connection: psycopg.Connection, session: UUID, view: str) -> pa.Table:
    """The session's rows of a view as the database gives them."""
    query = sql.SQL("SELECT * FROM research.{} WHERE session = %s").format(sql.Identifier(view))
    cursor = connection.execute(query, [session])
    rows = cursor.fetchall()
    columns = {}
    for place, column in enumerate(cursor.description or ()):
        kind = psycopg.postgres.types[column.type_code].name
        columns[column.name] = pa.array([_plain(row[place], kind) for row in rows], _TYPES[kind])
    return pa.table(columns)


def _plain(value: object, kind: str) -> object:
    if value is None:
        return None
    if kind == "jsonb":
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    return str(value) if kind == "uuid" else value


def _described(table: pa.Table, trace: Trace, view: str, entries: list[Entry]) -> pa.Table:
    """The table with unit, description and privacy class on each column, and what the whole is on the
    schema.
    """
    meaning = {entry.name: entry for entry in entries}
    fields = [
        field.with_metadata({
            "unit": meaning[field.name].unit,
            "description": meaning[field.name].description,
            "privacy": meaning[field.name].privacy,
        })
        for field in table.schema
    ]  # fmt: skip
    return table.cast(pa.schema(fields, metadata=_about(trace, view)))


def _about(trace: Trace, view: str) -> dict[str, str]:
    session = trace.session
    about = {
        "format": FORMAT,
        "session": str(session.id),
        "scenario": session.scenario,
        "scenario_sha256": session.scenario_sha256,
        "software": session.software,
        "opened_at": session.opened_at.astimezone(UTC).isoformat(),
    }
    if view in STREAMS:
        stream = STREAMS[view]
        about |= {"rate_hz": str(stream.rate), "axes": stream.frame.axes, "frame": stream.frame.reference}
    return about


def _write(folder: Path, view: str, table: pa.Table) -> Path:
    path = folder / f"{view}.parquet"
    temporary = path.with_suffix(".new")
    parquet.write_table(table, temporary, compression="zstd")
    os.replace(temporary, path)
    return path


def _dictionary(
    trace: Trace, tables: Mapping[str, pa.Table], entries: Mapping[str, list[Entry]], written: list[Path]
) -> dict[str, object]:
    """What `dictionary.json` says: each file, its rows, its checksum, its columns."""
    files = {}
    for path, (view, table) in zip(written, tables.items(), strict=True):
        types = {field.name: str(field.type) for field in table.schema}
        stream = STREAMS.get(view)
        files[path.name] = {
            "description": stream.description if stream else f"the session's rows of research.{view}",
            "rate_hz": stream.rate if stream else None,
            "axes": stream.frame.axes if stream else None,
            "frame": stream.frame.reference if stream else None,
            "rows": table.num_rows,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "columns": [
                {key: value for key, value in entry.to_json().items() if key not in ("view", "position")}
                | {"type": types[entry.name]}
                for entry in entries[view]
            ],
        }
    return _about(trace, "") | {"files": files}


def _replace(path: Path, data: bytes) -> Path:
    temporary = path.with_suffix(".new")
    temporary.write_bytes(data)
    os.replace(temporary, path)
    return path
