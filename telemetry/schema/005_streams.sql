-- More streams: hands, the headset itself, the threat state, sensors that an agency declares. One table per shape.
CREATE TABLE core.hand_pose (
    at timestamptz NOT NULL, client_ms double precision NOT NULL, seq bigint NOT NULL,
    session_id int NOT NULL, track int NOT NULL,
    px real NOT NULL, py real NOT NULL, pz real NOT NULL,
    qx real NOT NULL, qy real NOT NULL, qz real NOT NULL, qw real NOT NULL,
    tracked real NOT NULL,
    flags smallint NOT NULL
);
CREATE TABLE core.headset_state (
    at timestamptz NOT NULL, client_ms double precision NOT NULL, seq bigint NOT NULL,
    session_id int NOT NULL, track int NOT NULL,
    worn real NOT NULL, visible real NOT NULL, frame_rate real NOT NULL, dropped real NOT NULL,
    flags smallint NOT NULL
);
CREATE TABLE core.threat_state (
    at timestamptz NOT NULL, client_ms double precision NOT NULL, seq bigint NOT NULL,
    session_id int NOT NULL, track int NOT NULL,
    level real NOT NULL,
    flags smallint NOT NULL
);
-- Every sensor has this shape; what its values mean stands in core.sensor_declared, as declared when the track opened.
CREATE TABLE core.sensor (
    at timestamptz NOT NULL, client_ms double precision NOT NULL, seq bigint NOT NULL,
    session_id int NOT NULL, track int NOT NULL,
    value real NOT NULL,
    flags smallint NOT NULL
);
CREATE TABLE core.sensor_declared (
    session_id int NOT NULL,
    track int NOT NULL,
    name text NOT NULL,
    unit text NOT NULL,
    description text NOT NULL,
    privacy text NOT NULL,
    rate double precision NOT NULL,
    low double precision NOT NULL,
    high double precision NOT NULL,
    PRIMARY KEY (session_id, track),
    FOREIGN KEY (session_id, track) REFERENCES core.track ON DELETE CASCADE
);

CREATE INDEX ON core.hand_pose (session_id, track, at);
CREATE INDEX ON core.headset_state (session_id, track, at);
CREATE INDEX ON core.threat_state (session_id, track, at);
CREATE INDEX ON core.sensor (session_id, track, at);

-- NaN: recorded before these were measured.
ALTER TABLE core.voice ADD COLUMN low_band real NOT NULL DEFAULT 'NaN', ADD COLUMN high_band real NOT NULL DEFAULT 'NaN';

DO $$
DECLARE
    hypertable text;
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
        FOREACH hypertable IN ARRAY ARRAY['hand_pose', 'headset_state', 'threat_state', 'sensor'] LOOP
            PERFORM create_hypertable(format('core.%I', hypertable)::regclass, by_range('at', INTERVAL '1 day'),
                                      create_default_indexes => false);
        END LOOP;
    END IF;
END
$$;

-- The views of the streams are generated (telemetry/views.py); this one is of the declarations.
CREATE VIEW research.sensors WITH (security_barrier) AS
SELECT s.session, n.track, n.name AS sensor, n.unit, n.description, n.privacy, n.low, n.high
FROM core.sensor_declared n JOIN core.session s USING (session_id);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'talkdown_research') THEN
        GRANT SELECT ON research.sensors TO talkdown_research;
    END IF;
END
$$;
