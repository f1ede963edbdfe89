-- Rows that a client had to give up and says so: they keep their numbers, and the hole is explicit.
CREATE TABLE core.gap (
    session_id int NOT NULL,
    track int NOT NULL,
    first_seq bigint NOT NULL,
    rows bigint NOT NULL,
    from_t double precision NOT NULL,         -- session time of the first lost row
    to_t double precision NOT NULL,           -- and of the last
    reason text NOT NULL,
    PRIMARY KEY (session_id, track, first_seq),
    FOREIGN KEY (session_id, track) REFERENCES core.track ON DELETE CASCADE
);
