-- Adds `snapshot` and `snapshot_document`: an issue frozen with its figures, rules and documents. Append-only.
-- `hash`: SHA-256 of the canonical content, in hexadecimal; `content`: that text, compressed by zlib.
CREATE TABLE snapshot (
    id uuid PRIMARY KEY,
    campaign_id bigint NOT NULL,
    number text,
    dated date,
    as_of date NOT NULL,
    known_at timestamptz NOT NULL,
    hash text NOT NULL,
    figures integer NOT NULL,
    content bytea NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX snapshot_number ON snapshot (campaign_id, number) WHERE number IS NOT NULL;
CREATE INDEX snapshot_campaign ON snapshot (campaign_id, id);

CREATE TABLE snapshot_document (
    snapshot_id uuid NOT NULL REFERENCES snapshot (id),
    campaign_id bigint NOT NULL,
    format text NOT NULL,
    hash text NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (snapshot_id, format)
);
-- Files are compressed already.
ALTER TABLE snapshot ALTER COLUMN content SET STORAGE EXTERNAL;
ALTER TABLE snapshot_document ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE FUNCTION refuse_change_of_snapshot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a snapshot is never changed';
END
$$;

DO $$
DECLARE
    frozen text;
BEGIN
    FOREACH frozen IN ARRAY ARRAY['snapshot', 'snapshot_document'] LOOP
        EXECUTE format(
            'CREATE TRIGGER frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON %I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_snapshot()', frozen
        );
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', frozen);
        EXECUTE format(
            'CREATE POLICY opened ON %I FOR SELECT TO bonphu_reporting_reader'
            ' USING ((SELECT all_campaigns_are_open()) OR campaign_id = ANY ((SELECT open_campaigns())::bigint[]))',
            frozen
        );
    END LOOP;
END
$$;

SELECT audit_table('snapshot', 'id', 'content');
