-- A client's clock that stood still or was set begins a new epoch; within one, times never step. Within a batch the
-- offset grows by `skew` per second of the client's clock, so that times are continuous from batch to batch.
ALTER TABLE core.clock ADD COLUMN epoch int NOT NULL DEFAULT 0, ADD COLUMN skew double precision NOT NULL DEFAULT 0;

CREATE OR REPLACE VIEW research.clock WITH (security_barrier) AS
SELECT s.session, c.track, c.seq, extract(epoch FROM c.at - s.opened_at)::double precision AS t, c.at,
       c.offset_s, c.bound_s, c.epoch, c.skew
FROM core.clock c JOIN core.session s USING (session_id);
