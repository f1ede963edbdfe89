-- A journal may have gaps: segments that are missing, or another copy of it in its place. So the drain keeps how many
-- bytes of records were promised before its position, and whose segment it stands in (telemetry/standing.py).
ALTER TABLE core.drain
    ADD COLUMN written bigint NOT NULL DEFAULT 0,
    ADD COLUMN salt bigint;                   -- of the segment's header; NULL where it was never read
