-- What officials change is audited. A campaign's revisions hold every definition already; here it is who changed what.
SELECT audit_table('unit', 'code,valid_from', 'sort_key,search_key,id,revision');
SELECT audit_table('campaign', 'code', 'revision,numbers');
SELECT audit_table('plan', 'id', 'edition');
SELECT audit_table('succession_act', 'id');

-- The lines of a plan are kept together: one entry for each plan that a statement writes to.
CREATE FUNCTION keep_audit_of_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    acted_by text := coalesce(nullif(current_setting('bonphu.actor', true), ''), session_user);
    asked_by text := nullif(current_setting('bonphu.request', true), '');
BEGIN
    INSERT INTO audit (moment, actor, request, subject, key, change, before, after)
    SELECT now(), acted_by, asked_by, 'plan_line', jsonb_build_object('plan_id', plan_id),
        CASE TG_OP WHEN 'INSERT' THEN 'created' ELSE 'deleted' END,
        CASE TG_OP WHEN 'DELETE' THEN lines END, CASE TG_OP WHEN 'INSERT' THEN lines END
    FROM (
        SELECT plan_id, jsonb_agg(
            jsonb_build_object(
                'unit', unit.code, 'indicator_no', indicator_no, 'cohort_no', cohort_no, 'amount', amount,
                'baseline', baseline, 'held', held)
            ORDER BY position) AS lines
        FROM written JOIN unit ON unit.id = written.unit_id GROUP BY plan_id
    ) AS by_plan;
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_created AFTER INSERT ON plan_line REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_of_lines();
CREATE TRIGGER audit_deleted AFTER DELETE ON plan_line REFERENCING OLD TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_of_lines();
