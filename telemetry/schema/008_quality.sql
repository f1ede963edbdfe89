-- What became of each track of a session, computed once it is over (telemetry/quality/).
CREATE TABLE core.quality (
    session_id int NOT NULL,
    track int NOT NULL,
    software text NOT NULL,
    computed_at timestamptz NOT NULL DEFAULT now(),
    report jsonb NOT NULL,
    PRIMARY KEY (session_id, track),
    FOREIGN KEY (session_id, track) REFERENCES core.track ON DELETE CASCADE
);
-- Of these sessions rows older than this were removed on purpose (`talkdown db prune`): their absence is no loss.
CREATE TABLE core.pruned (
    session_id int NOT NULL REFERENCES core.session,
    stream text NOT NULL,
    before timestamptz NOT NULL,
    pruned_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (session_id, stream, before)
);

-- One row per track, with the report's numbers as columns.
CREATE VIEW research.quality WITH (security_barrier) AS
SELECT s.session, k.track, k.stream, k.station, k.label, q.software, q.computed_at,
       q.report ->> 'verdict' AS verdict,
       (SELECT string_agg(w, ' ') FROM jsonb_array_elements_text(q.report -> 'why') w) AS why,
       (q.report ->> 'rows')::bigint AS rows,
       (q.report ->> 'implausible')::bigint AS implausible,
       (q.report ->> 'nominal_hz')::double precision AS nominal_hz,
       (q.report ->> 'rate_hz')::double precision AS rate_hz,
       (q.report ->> 'coverage')::double precision AS coverage,
       (q.report ->> 'missing')::bigint AS missing,
       (q.report ->> 'declared')::bigint AS declared,
       (q.report ->> 'pruned')::bigint AS pruned,
       (q.report #>> '{gaps,count}')::bigint AS gaps,
       (q.report #>> '{gaps,seconds}')::double precision AS gaps_s,
       (q.report #>> '{gaps,longest_s}')::double precision AS longest_gap_s,
       q.report #> '{gaps,causes}' AS causes,
       (q.report #>> '{clock_ms,median}')::double precision AS clock_median_ms,
       (q.report #>> '{clock_ms,p95}')::double precision AS clock_p95_ms,
       (q.report #>> '{clock_ms,worst}')::double precision AS clock_worst_ms,
       (q.report ->> 'epochs')::int AS epochs,
       (q.report #>> '{lag_ms,median}')::double precision AS lag_median_ms,
       (q.report #>> '{lag_ms,p95}')::double precision AS lag_p95_ms,
       (q.report #>> '{lag_ms,worst}')::double precision AS lag_worst_ms,
       (q.report ->> 'clipped')::double precision AS clipped,
       (q.report ->> 'worn')::double precision AS worn,
       (q.report ->> 'visible')::double precision AS visible
FROM core.quality q JOIN core.session s USING (session_id) JOIN core.track k USING (session_id, track);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'talkdown_research') THEN
        GRANT SELECT ON research.quality TO talkdown_research;
    END IF;
END
$$;
