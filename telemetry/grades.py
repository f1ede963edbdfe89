"""Grades in the database: the report as a whole, and each measure as a row that can be queried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict, cast
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from telemetry.errors import UnknownSession

__all__ = ["read", "write"]


class _Grade(TypedDict):
    status: str
    total: float | None
    low: float | None
    high: float | None


class _Profile(TypedDict):
    name: str
    sha256: str


class _Measure(TypedDict, total=False):
    id: str
    value: float | None
    unit: str | None
    status: str
    reason: str | None
    score: float | None
    weight: float | None
    n: int | None
    coverage: float | None
    low: float | None
    high: float | None
    evidence: list[object]


class _Component(TypedDict):
    id: str
    measures: list[_Measure]


_KEY = ("session_id", "attempt", "profile_sha256", "software")
_MEASURE = ("value", "unit", "status", "reason", "score", "weight", "n", "coverage", "low", "high")


def write(connection: psycopg.Connection, session: UUID, report: Mapping[str, object]) -> None:
    """Store a report (the JSON of a graded attempt); one by the same profile and software is replaced.

    Raises `UnknownSession` if the session is not in the database, `KeyError` if the report lacks a part.
    """
    of = cast("Mapping[str, object]", report["session"])
    grade, profile = cast("_Grade", report["grade"]), cast("_Profile", report["profile"])
    components = cast("list[_Component]", report["components"])
    with connection.transaction():
        query = "SELECT session_id FROM core.session WHERE session = %s"
        row = connection.execute(query, [session]).fetchone()
        if row is None:
            raise UnknownSession(f"no session {session} in the database: is it still being stored?")
        key = [row[0], of["attempt"], profile["sha256"], report["software"]]
        connection.execute(
            "DELETE FROM core.grade"
            " WHERE (session_id, attempt, profile_sha256, software) = (%s, %s, %s, %s)",
            key,
        )
        result = [grade["status"], grade["total"], grade["low"], grade["high"]]
        connection.execute(
            "INSERT INTO core.grade (session_id, attempt, profile_sha256, software, profile, status, total,"
            " low, high, report, graded_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, clock_timestamp())",
            [*key, profile["name"], *result, Jsonb(report)],
        )
        rows = [
            [*key, component["id"], measure["id"], *(measure.get(name) for name in _MEASURE),
             Jsonb(measure.get("evidence") or [])]
            for component in components
            for measure in component["measures"]
        ]  # fmt: skip
        columns = ", ".join((*_KEY, "component", "measure", *_MEASURE, "evidence"))
        places = ", ".join(["%s"] * (len(_KEY) + len(_MEASURE) + 3))
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO core.measure ({columns}) VALUES ({places})", rows)  # noqa: S608


def read(
    connection: psycopg.Connection, session: UUID, *, profile_sha256: str | None = None
) -> dict[str, object] | None:
    """The newest report of a session's last graded attempt, of this profile if one is given; None if there is none."""
    row = connection.execute(
        "SELECT g.report FROM core.grade g JOIN core.session s USING (session_id) WHERE s.session = %s"
        " AND (%s::text IS NULL OR g.profile_sha256 = %s) ORDER BY g.attempt DESC, g.graded_at DESC LIMIT 1",
        [session, profile_sha256, profile_sha256],
    ).fetchone()
    return cast("dict[str, object]", row[0]) if row else None
