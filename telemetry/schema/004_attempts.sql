-- The attempts of a session: one run from the start or from a checkpoint. Everything that is wanted is in the events;
-- session time never steps back, so rows of an attempt are those with t from began_t up to left_t.
CREATE VIEW research.attempts WITH (security_barrier) AS
SELECT session, attempt, forked_from, checkpoint, from_ms, began_t,
       coalesce(lead(began_t) OVER (PARTITION BY session ORDER BY attempt), ended_t) AS left_t
FROM (
    SELECT s.session, (e.data ->> 'attempt')::int AS attempt, (e.data ->> 'of')::int AS forked_from,
           (e.data ->> 'checkpoint')::int AS checkpoint, coalesce(e.ms, 0) AS from_ms,
           CASE WHEN e.type = 'attempt' THEN e.t
                ELSE extract(epoch FROM s.started_at - s.opened_at)::double precision END AS began_t,
           extract(epoch FROM s.ended_at - s.opened_at)::double precision AS ended_t
    FROM core.event e JOIN core.session s USING (session_id)
    WHERE e.type = 'attempt' OR (e.type = 'session_opened' AND s.started_at IS NOT NULL)
) a;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'talkdown_research') THEN
        GRANT SELECT ON research.attempts TO talkdown_research;
    END IF;
END
$$;
