-- Roles, schemas and extensions that bonphu needs, in the database it is connected to.
--
-- Run by the launcher and by the tests, and in production once before the first migration:
--     psql "$ADMIN_URL" --set ON_ERROR_STOP=1 --single-transaction --file deploy/database/roles.sql
-- then give each role its password: ALTER ROLE bonphu_quota PASSWORD '…';
--
-- May be run again at any time. Needs a superuser, or a role that may create roles and owns the
-- database. Each service owns its schema and can read no other's.

-- Two launchers at once would both find a role missing.
SELECT pg_advisory_xact_lock(hashtext('bonphu roles'));

DO $$
DECLARE
    service text;
    login   text;
BEGIN
    FOREACH service IN ARRAY ARRAY['quota', 'progress', 'reporting'] LOOP
        login := 'bonphu_' || service;
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = login) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', login);
        END IF;
        -- Whoever is not a superuser must be a member to make a schema that the role owns.
        IF NOT pg_has_role(current_user, login, 'USAGE') THEN
            EXECUTE format('GRANT %I TO %I', login, current_user);
        END IF;
        EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', service, login);
        EXECUTE format('REVOKE ALL ON SCHEMA %I FROM PUBLIC', service);
        EXECUTE format('ALTER ROLE %I SET search_path = %I, extensions', login, service);
        EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO %I', current_database(), login);
    END LOOP;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
END
$$;

-- Requests to reporting read as this role, which nobody logs in as; row-level security binds it (docs/adr/0009).
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bonphu_reporting_reader') THEN
        CREATE ROLE bonphu_reporting_reader NOLOGIN;
    END IF;
    IF NOT pg_has_role('bonphu_reporting', 'bonphu_reporting_reader', 'MEMBER') THEN
        GRANT bonphu_reporting_reader TO bonphu_reporting;
    END IF;
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;

CREATE SCHEMA IF NOT EXISTS extensions;
GRANT USAGE ON SCHEMA extensions TO bonphu_quota, bonphu_progress, bonphu_reporting, bonphu_reporting_reader;

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA extensions;
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA extensions;

-- A managed server may have brought them, into a schema that no role of ours searches.
DO $$
DECLARE
    misplaced text;
BEGIN
    FOR misplaced IN
        SELECT extname FROM pg_extension
        WHERE extname IN ('pg_trgm', 'btree_gist') AND extnamespace <> 'extensions'::regnamespace
    LOOP
        EXECUTE format('ALTER EXTENSION %I SET SCHEMA extensions', misplaced);
    END LOOP;
END
$$;
