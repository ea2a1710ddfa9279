-- The second wall (ADR 0009): requests read as `bonphu_reporting_reader`, which sees figures of the campaigns that the
-- transaction has opened (`bonphu.campaigns`: ids by commas, `*` all, unset none). The owner, who projects, is not
-- bound: projecting costs nothing more.
GRANT USAGE ON SCHEMA reporting TO bonphu_reporting_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO bonphu_reporting_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA reporting GRANT SELECT ON TABLES TO bonphu_reporting_reader;

-- Wrapped in sub-selects, the setting is read once a statement, not once a row.
CREATE FUNCTION all_campaigns_are_open() RETURNS boolean LANGUAGE sql STABLE
    RETURN coalesce(current_setting('bonphu.campaigns', true), '') = '*';
CREATE FUNCTION open_campaigns() RETURNS bigint[] LANGUAGE sql STABLE
    RETURN CASE WHEN coalesce(current_setting('bonphu.campaigns', true), '') IN ('', '*') THEN '{}'
        ELSE string_to_array(current_setting('bonphu.campaigns', true), ',')::bigint[] END;

DO $$
DECLARE
    bounded text;
BEGIN
    FOREACH bounded IN ARRAY ARRAY[
        'fact', 'live', 'anchor_source', 'anchor_reported', 'plan_copy', 'plan_line_copy', 'quota_step', 'batch_copy',
        'rollup_day', 'rollup_total', 'rollup_label', 'rollup_received'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', bounded);
        EXECUTE format(
            'CREATE POLICY opened ON %I FOR SELECT TO bonphu_reporting_reader'
            ' USING ((SELECT all_campaigns_are_open()) OR campaign_id = ANY ((SELECT open_campaigns())::bigint[]))',
            bounded
        );
    END LOOP;
END
$$;
