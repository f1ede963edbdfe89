-- What researchers read: views and nothing else. A hypertable is never granted, because row-level security does
-- not protect its chunks; a security barrier keeps a reader's own functions from seeing rows before the view's
-- conditions. Raw motion re-identifies people; who may have which view is decided by whoever grants the role.
CREATE SCHEMA research;

CREATE VIEW research.sessions WITH (security_barrier) AS
SELECT session, pseudonym, attempt, modality, condition, scenario, scenario_sha256, profile, profile_sha256,
       software, seed, phase, outcome, opened_at, started_at, ended_at, closed_at,
       extract(epoch FROM ended_at - started_at)::double precision AS duration_s
FROM core.session;

CREATE VIEW research.tracks WITH (security_barrier) AS
SELECT s.session, k.track, k.stream, k.station, k.run, k.label, k.rate, k.opened_t, k.next_seq AS rows
FROM core.track k JOIN core.session s USING (session_id);

CREATE VIEW research.events WITH (security_barrier) AS
SELECT s.session, e.seq, e.t, e.at, e.ms, e.actor, e.type, e.data
FROM core.event e JOIN core.session s USING (session_id)
WHERE e.type <> 'signals';

CREATE VIEW research.signals WITH (security_barrier) AS
SELECT s.session, e.seq, e.t, e.at, e.ms, v.key AS signal,
       CASE jsonb_typeof(v.value) WHEN 'number' THEN v.value::double precision
                                  WHEN 'boolean' THEN v.value::boolean::int::double precision END AS value
FROM core.event e JOIN core.session s USING (session_id), jsonb_each(e.data) v
WHERE e.type = 'signals';

CREATE VIEW research.head_pose WITH (security_barrier) AS
SELECT s.session, d.track, k.station, d.seq, extract(epoch FROM d.at - s.opened_at)::double precision AS t, d.at,
       d.client_ms, d.px, d.py, d.pz, d.qx, d.qy, d.qz, d.qw, d.flags = 0 AS plausible
FROM core.head_pose d JOIN core.session s USING (session_id) JOIN core.track k USING (session_id, track);

CREATE VIEW research.voice WITH (security_barrier) AS
SELECT s.session, d.track, k.station, d.seq, extract(epoch FROM d.at - s.opened_at)::double precision AS t, d.at,
       d.client_ms, d.loudness, d.power, d.peak, d.clipped, d.speaking, d.flags = 0 AS plausible
FROM core.voice d JOIN core.session s USING (session_id) JOIN core.track k USING (session_id, track);

CREATE VIEW research.actor_pose WITH (security_barrier) AS
SELECT s.session, d.track, k.label AS actor, d.seq, extract(epoch FROM d.at - s.opened_at)::double precision AS t,
       d.at, d.px, d.py, d.pz, d.qx, d.qy, d.qz, d.qw, d.flags = 0 AS plausible
FROM core.actor_pose d JOIN core.session s USING (session_id) JOIN core.track k USING (session_id, track);

CREATE VIEW research.proximity WITH (security_barrier) AS
SELECT s.session, d.track, k.label AS actor, d.seq, extract(epoch FROM d.at - s.opened_at)::double precision AS t,
       d.at, d.distance, d.closing_speed, d.cover, d.flags = 0 AS plausible
FROM core.proximity d JOIN core.session s USING (session_id) JOIN core.track k USING (session_id, track);

CREATE VIEW research.person_state WITH (security_barrier) AS
SELECT s.session, d.track, k.label AS state, d.seq, extract(epoch FROM d.at - s.opened_at)::double precision AS t,
       d.at, d.value, d.flags = 0 AS plausible
FROM core.person_state d JOIN core.session s USING (session_id) JOIN core.track k USING (session_id, track);

CREATE VIEW research.clock WITH (security_barrier) AS
SELECT s.session, c.track, c.seq, extract(epoch FROM c.at - s.opened_at)::double precision AS t, c.at,
       c.offset_s, c.bound_s
FROM core.clock c JOIN core.session s USING (session_id);

CREATE VIEW research.grades WITH (security_barrier) AS
SELECT s.session, g.attempt, g.profile, g.profile_sha256, g.software, g.status, g.total, g.low, g.high,
       g.graded_at
FROM core.grade g JOIN core.session s USING (session_id);

CREATE VIEW research.measures WITH (security_barrier) AS
SELECT s.session, m.attempt, m.profile_sha256, m.software, m.component, m.measure, m.value, m.unit, m.status,
       m.reason, m.score, m.weight, m.n, m.coverage, m.low, m.high, m.evidence
FROM core.measure m JOIN core.session s USING (session_id);

CREATE VIEW research.dictionary WITH (security_barrier) AS
SELECT view, position, name, unit, description, privacy, low, high FROM core.dictionary;

-- Roles belong to the whole server: another database may have made this one, perhaps at this moment.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'talkdown_research') THEN
        CREATE ROLE talkdown_research NOLOGIN;
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
    WHEN insufficient_privilege THEN
        RAISE NOTICE 'no right to create the role talkdown_research: grant the views of research yourself';
END
$$;

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'talkdown_research') THEN
        GRANT USAGE ON SCHEMA research TO talkdown_research;
        GRANT SELECT ON ALL TABLES IN SCHEMA research TO talkdown_research;
    END IF;
END
$$;
