-- What became of each track of a session, computed once it is over (telemetry/quality.py).
CREATE TABLE core.quality (
    session_id int NOT NULL,
    track int NOT NULL,
    software text NOT NULL,
    computed_at timestamptz NOT NULL DEFAULT now(),
    report jsonb NOT NULL,
    PRIMARY KEY (session_id, track),
    FOREIGN KEY (session_id, track) REFERENCES core.track ON DELETE CASCADE
);
-- Rows older than this were removed on purpose (`talkdown db prune`): their absence is no loss.
CREATE TABLE core.pruned (
    stream text NOT NULL,
    before timestamptz NOT NULL,
    pruned_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (stream, before)
);
