SET LOCAL lock_timeout = '5s';
CREATE FUNCTION in_words(whole jsonb) RETURNS jsonb LANGUAGE sql STABLE
    RETURN (whole - ARRAY['campaign_id', 'unit_id'])
        || CASE WHEN whole ? 'campaign_id' THEN jsonb_build_object(
            'campaign', (SELECT code FROM campaign WHERE id = (whole ->> 'campaign_id')::bigint)) ELSE '{}' END
        || CASE WHEN whole ? 'unit_id' THEN jsonb_build_object(
            'unit', (SELECT code FROM unit WHERE id = (whole ->> 'unit_id')::bigint)) ELSE '{}' END;

SELECT audit_table_in_words('campaign', 'code', 'id,revision,numbers', '');
SELECT audit_table_in_words('plan', 'id', 'edition', 'campaign,unit,document_number,revision');

-- The lines of a plan are kept together: one entry for each plan that a statement writes to. What the definition names
-- no more, and the lines of a plan that is gone already, keep their numbers.
CREATE OR REPLACE FUNCTION keep_audit_of_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    acted_by text := coalesce(nullif(current_setting('bonphu.actor', true), ''), session_user);
    asked_by text := nullif(current_setting('bonphu.request', true), '');
BEGIN
    INSERT INTO audit (moment, actor, request, subject, key, change, before, after)
    WITH numbered AS (
        SELECT plan.id AS plan_id, kind.key AS kind, one.key AS code, one.value::int AS number
        FROM plan JOIN campaign ON campaign.id = plan.campaign_id
            CROSS JOIN LATERAL jsonb_each(campaign.definition -> 'numbers') AS kind
            CROSS JOIN LATERAL jsonb_each_text(kind.value) AS one
        WHERE plan.id IN (SELECT plan_id FROM written)
    )
    SELECT now(), acted_by, asked_by, 'plan_line',
        jsonb_build_object('plan', by_plan.plan_id) || CASE WHEN plan.id IS NULL THEN '{}' ELSE
            picked(in_words(to_jsonb(plan)), ARRAY['campaign', 'unit', 'document_number', 'revision']) END,
        CASE TG_OP WHEN 'INSERT' THEN 'created' ELSE 'deleted' END,
        CASE TG_OP WHEN 'DELETE' THEN lines END, CASE TG_OP WHEN 'INSERT' THEN lines END
    FROM (
        SELECT written.plan_id, jsonb_agg(
            jsonb_build_object(
                'unit', unit.code,
                'indicator', coalesce(indicator.code, written.indicator_no::text),
                'cohort', coalesce(cohort.code, nullif(written.cohort_no, 0)::text),
                'amount', amount, 'baseline', baseline, 'held', held)
            ORDER BY position) AS lines
        FROM written JOIN unit ON unit.id = written.unit_id
            LEFT JOIN numbered AS indicator ON indicator.plan_id = written.plan_id
                AND indicator.kind = 'indicators' AND indicator.number = written.indicator_no
            LEFT JOIN numbered AS cohort ON cohort.plan_id = written.plan_id
                AND cohort.kind = 'cohorts' AND cohort.number = written.cohort_no
        GROUP BY written.plan_id
    ) AS by_plan LEFT JOIN plan ON plan.id = by_plan.plan_id;
    RETURN NULL;
END
$$;

-- An act of succession is kept whole, with the codes of its units, once its edges are there.
CREATE FUNCTION keep_audit_of_successions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    acted_by text := coalesce(nullif(current_setting('bonphu.actor', true), ''), session_user);
    asked_by text := nullif(current_setting('bonphu.request', true), '');
BEGIN
    INSERT INTO audit (moment, actor, request, subject, key, change, after)
    SELECT now(), acted_by, asked_by, 'succession',
        jsonb_build_object('day', act.day, 'decision_number', act.decision_number, 'predecessors', edges.before),
        'created',
        jsonb_build_object(
            'day', act.day, 'relation', act.relation, 'decision_number', act.decision_number,
            'decision_date', act.decision_date, 'predecessors', edges.before,
            'successors', coalesce(edges.after, '[]'), 'main', edges.main)
            || CASE WHEN act.relation IN ('split', 'part') AND edges.weights IS NOT NULL THEN
                jsonb_build_object('weights', edges.weights, 'weights_total', edges.weights_total) ELSE '{}' END
    FROM (
        SELECT act_id, jsonb_agg(DISTINCT predecessor.code) AS before,
            jsonb_agg(DISTINCT successor.code) FILTER (WHERE successor.code IS NOT NULL) AS after,
            jsonb_object_agg(successor.code, weight) FILTER (WHERE weight IS NOT NULL) AS weights,
            max(weights_total) AS weights_total,
            min(successor.code) FILTER (WHERE is_main) AS main
        FROM written JOIN unit AS predecessor ON predecessor.id = predecessor_id
            LEFT JOIN unit AS successor ON successor.id = successor_id
        GROUP BY act_id
    ) AS edges JOIN succession_act AS act ON act.id = edges.act_id;
    RETURN NULL;
END
$$;
DROP TRIGGER audit_created ON succession_act;
CREATE TRIGGER audit_created AFTER INSERT ON succession REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_of_successions();
