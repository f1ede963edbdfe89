-- The database is the journal's copy. Every table here is written by the drain, but for grade and measure.
-- Nobody but the owner reads `core`; researchers read the views of `research`.

CREATE TABLE core.session (
    session_id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session uuid NOT NULL UNIQUE,
    journal uuid NOT NULL,                    -- which node's journal holds it
    segment bigint NOT NULL,                  -- the segment it begins in; kept until the session is closed
    opened_at timestamptz NOT NULL,           -- where t = 0
    scenario text NOT NULL,
    scenario_sha256 text NOT NULL,
    profile text NOT NULL,
    profile_sha256 text NOT NULL,
    software text NOT NULL,
    seed numeric NOT NULL,
    pseudonym text NOT NULL,
    attempt int NOT NULL,
    modality text,
    condition text,
    phase text NOT NULL DEFAULT 'lobby',
    started_at timestamptz,                   -- first `running`
    ended_at timestamptz,                     -- first `debrief`, or `closed` without one
    closed_at timestamptz,
    outcome text,
    next_event bigint NOT NULL DEFAULT 0,     -- watermark: all events below are stored
    chain bytea                               -- hash of the last stored event
) WITH (fillfactor = 70);
CREATE INDEX ON core.session (opened_at);
CREATE INDEX ON core.session (journal, segment) WHERE closed_at IS NULL;

CREATE TABLE core.track (
    session_id int NOT NULL REFERENCES core.session,
    track int NOT NULL,
    stream text NOT NULL,
    station text NOT NULL,
    run text NOT NULL,
    label text NOT NULL,
    rate real NOT NULL,                       -- nominal, as the client announced it
    opened_t double precision NOT NULL,
    next_seq bigint NOT NULL DEFAULT 0,       -- watermark: all rows below are stored
    PRIMARY KEY (session_id, track)
) WITH (fillfactor = 50);

CREATE TABLE core.event (
    at timestamptz NOT NULL,
    t double precision NOT NULL,
    seq bigint NOT NULL,
    ms bigint,
    session_id int NOT NULL,
    actor text NOT NULL,
    type text NOT NULL,
    data jsonb NOT NULL,
    chain bytea NOT NULL                      -- sha256(chain of the event before + canonical JSON of this one)
);

-- One table per stream shape. `at` is the session's opening plus t; `client_ms` is the client's own clock as it
-- came. `flags`: 1 a value outside its plausible bounds, 2 a time that cannot be right (`at` is then clipped).
-- Columns stand by falling width, so that no row carries padding.
CREATE TABLE core.head_pose (
    at timestamptz NOT NULL, client_ms double precision NOT NULL, seq bigint NOT NULL,
    session_id int NOT NULL, track int NOT NULL,
    px real NOT NULL, py real NOT NULL, pz real NOT NULL,
    qx real NOT NULL, qy real NOT NULL, qz real NOT NULL, qw real NOT NULL,
    flags smallint NOT NULL
);
CREATE TABLE core.voice (
    at timestamptz NOT NULL, client_ms double precision NOT NULL, seq bigint NOT NULL,
    session_id int NOT NULL, track int NOT NULL,
    loudness real NOT NULL, power real NOT NULL, peak real NOT NULL, clipped real NOT NULL, speaking real NOT NULL,
    flags smallint NOT NULL
);
CREATE TABLE core.actor_pose (LIKE core.head_pose INCLUDING ALL);
CREATE TABLE core.proximity (
    at timestamptz NOT NULL, client_ms double precision NOT NULL, seq bigint NOT NULL,
    session_id int NOT NULL, track int NOT NULL,
    distance real NOT NULL, closing_speed real NOT NULL, cover real NOT NULL,
    flags smallint NOT NULL
);
CREATE TABLE core.person_state (
    at timestamptz NOT NULL, client_ms double precision NOT NULL, seq bigint NOT NULL,
    session_id int NOT NULL, track int NOT NULL,
    value real NOT NULL,
    flags smallint NOT NULL
);

-- How well a track's clock was known, about once per second: the mapping of the batch that begins at `seq`.
CREATE TABLE core.clock (
    at timestamptz NOT NULL,                  -- when the batch arrived
    offset_s double precision NOT NULL,       -- session t = client_ms / 1000 + offset_s
    bound_s double precision NOT NULL,        -- right to this; infinity before the first exchange
    seq bigint NOT NULL, session_id int NOT NULL, track int NOT NULL
);

CREATE INDEX ON core.event (session_id, seq);
CREATE INDEX ON core.head_pose (session_id, track, at);
CREATE INDEX ON core.voice (session_id, track, at);
CREATE INDEX ON core.actor_pose (session_id, track, at);
CREATE INDEX ON core.proximity (session_id, track, at);
CREATE INDEX ON core.person_state (session_id, track, at);
CREATE INDEX ON core.clock (session_id, track, at);

-- Chunks of one day: at 20 sessions of 20 minutes a day some 200 MB of index, a tenth of 2 GB of shared buffers.
DO $$
DECLARE
    hypertable text;
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
        FOREACH hypertable IN ARRAY ARRAY['event', 'head_pose', 'voice', 'actor_pose', 'proximity',
                                          'person_state', 'clock'] LOOP
            PERFORM create_hypertable(format('core.%I', hypertable)::regclass, by_range('at', INTERVAL '1 day'),
                                      create_default_indexes => false);
        END LOOP;
    END IF;
END
$$;

-- Up to where each journal is stored. Moved in the transaction that stores what lies before.
CREATE TABLE core.drain (
    journal uuid PRIMARY KEY,
    segment bigint NOT NULL,
    byte_offset bigint NOT NULL,
    records bigint NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 20);

-- What a journal holds that could not be stored, counted exactly: damaged bytes, or a record nobody can place.
CREATE TABLE core.damage (
    journal uuid NOT NULL,
    segment bigint NOT NULL,
    byte_offset bigint NOT NULL,
    size bigint NOT NULL,
    session uuid,
    reason text NOT NULL,
    noticed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (journal, segment, byte_offset)
);

-- One attempt graded by one profile and one version; graded again, it is replaced.
CREATE TABLE core.grade (
    session_id int NOT NULL REFERENCES core.session,
    attempt int NOT NULL,
    profile text NOT NULL,
    profile_sha256 text NOT NULL,
    software text NOT NULL,
    status text NOT NULL CHECK (status IN ('graded', 'not_graded')),
    total double precision,
    low double precision,
    high double precision,
    graded_at timestamptz NOT NULL DEFAULT now(),
    report jsonb NOT NULL,
    PRIMARY KEY (session_id, attempt, profile_sha256, software),
    CHECK ((status = 'graded') = (total IS NOT NULL))
);

CREATE TABLE core.measure (
    session_id int NOT NULL,
    attempt int NOT NULL,
    profile_sha256 text NOT NULL,
    software text NOT NULL,
    component text NOT NULL,
    measure text NOT NULL,
    value double precision,
    unit text,
    status text NOT NULL,
    reason text,
    score double precision,
    weight double precision,
    n bigint,
    coverage double precision,
    low double precision,
    high double precision,
    evidence jsonb NOT NULL,
    PRIMARY KEY (session_id, attempt, profile_sha256, software, component, measure),
    FOREIGN KEY (session_id, attempt, profile_sha256, software) REFERENCES core.grade ON DELETE CASCADE
);

-- Filled from the registry of streams at every migration; see telemetry/dictionary.py.
CREATE TABLE core.dictionary (
    view text NOT NULL,
    position int NOT NULL,
    name text NOT NULL,
    unit text NOT NULL,
    description text NOT NULL,
    privacy text NOT NULL,
    low double precision,
    high double precision,
    PRIMARY KEY (view, name)
);
