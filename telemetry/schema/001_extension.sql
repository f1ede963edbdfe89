-- TimescaleDB where the server offers it; plain PostgreSQL otherwise. Only what its Apache edition has is used.
-- An extension that is not preloaded ends the connection when it is created, so the setting is looked at first.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')
       AND current_setting('shared_preload_libraries') LIKE '%timescaledb%' THEN
        CREATE EXTENSION IF NOT EXISTS timescaledb;
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'no right to create the extension timescaledb: plain tables are used';
END
$$;
