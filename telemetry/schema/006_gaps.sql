-- Rows that a client had to give up and says so: they keep their numbers, and the hole is explicit. Written by the
-- drain in the transaction that moves the track's watermark over them.
CREATE TABLE core.gap (
    session_id int NOT NULL,
    track int NOT NULL,
    first_seq bigint NOT NULL,
    rows bigint NOT NULL,
    from_t double precision NOT NULL,         -- session time of the first lost row
    to_t double precision NOT NULL,           -- and of the last; both clipped like a row's `at`
    from_client_ms double precision NOT NULL, -- the same on the client's own clock, as it came
    to_client_ms double precision NOT NULL,
    reason text NOT NULL,                     -- buffer_full or not_measured: telemetry/frames.py
    PRIMARY KEY (session_id, track, first_seq),
    FOREIGN KEY (session_id, track) REFERENCES core.track ON DELETE CASCADE
);

CREATE VIEW research.gaps WITH (security_barrier) AS
SELECT s.session, g.track, k.stream, k.station, k.label, g.first_seq, g.rows, g.from_t AS t_start, g.to_t AS t_end,
       g.from_client_ms AS client_ms_start, g.to_client_ms AS client_ms_end, g.reason
FROM core.gap g JOIN core.session s USING (session_id) JOIN core.track k USING (session_id, track);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'talkdown_research') THEN
        GRANT SELECT ON research.gaps TO talkdown_research;
    END IF;
END
$$;
