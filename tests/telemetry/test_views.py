"""The research views of the streams: generated from the registry, made anew only when they differ, grants kept."""

from dataclasses import replace

import psycopg
import pytest

from telemetry import views
from telemetry.errors import MigrationError
from telemetry.migrate import migrate
from telemetry.streams import STREAMS, Privacy
from telemetry.streams.shape import Column

OIDS = "SELECT relname, oid FROM pg_class WHERE relnamespace = 'research'::regnamespace"
GRANTS = (
    "SELECT grantee, privilege_type FROM information_schema.role_table_grants"
    " WHERE table_schema = 'research' AND table_name = %s AND grantee <> current_user ORDER BY 1, 2"
)


def test_a_second_migration_leaves_the_views_alone(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        before = connection.execute(OIDS).fetchall()
        migrate(database)
        assert connection.execute(OIDS).fetchall() == before
        assert views.write(connection) == []


def test_a_view_that_differs_is_made_anew_and_keeps_its_grants(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        reader = f"reader_{connection.info.dbname}"
        connection.execute(f"CREATE ROLE {reader}")
        try:
            connection.execute(f"GRANT SELECT ON research.voice TO {reader}")
            connection.execute("REVOKE SELECT ON research.head_pose FROM talkdown_research")
            for view in ("voice", "head_pose"):
                connection.execute(f"COMMENT ON VIEW research.{view} IS 'an earlier version'")
            assert views.write(connection) == ["head_pose", "voice"]
            voice = connection.execute(GRANTS, ["voice"]).fetchall()
            assert voice == [(reader, "SELECT"), ("talkdown_research", "SELECT")]
            assert connection.execute(GRANTS, ["head_pose"]).fetchall() == []
        finally:
            connection.execute(f"DROP OWNED BY {reader}")
            connection.execute(f"DROP ROLE {reader}")


def test_a_new_column_of_the_registry_is_a_new_column_of_the_view(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice = STREAMS["voice"]
    pitch = Column("pitch", "Hz", "fundamental frequency of the voice", Privacy.VOICE_FEATURE, 50.0, 800.0)
    more = replace(voice, columns=(*voice.columns, pitch))
    monkeypatch.setattr(views, "STREAMS", {**STREAMS, "voice": more})
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("ALTER TABLE core.voice ADD COLUMN pitch real NOT NULL DEFAULT 'NaN'")
        assert views.write(connection) == ["voice"]
        described = connection.execute("SELECT * FROM research.voice").description
        assert [column.name for column in described or ()][-3:] == ["high_band", "pitch", "plausible"]


def test_what_rests_on_a_view_that_must_change_is_named(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("CREATE VIEW public.loud AS SELECT * FROM research.voice WHERE loudness > -20")
        connection.execute("COMMENT ON VIEW research.voice IS 'an earlier version'")
        with pytest.raises(MigrationError, match=r"research\.voice has to change, and view loud depends on"):
            migrate(database)
        assert connection.execute("SELECT count(*) FROM public.loud").fetchone() == (0,)
