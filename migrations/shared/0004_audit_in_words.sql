-- The audit names what readers know: `in_words`, a service's own, puts codes in the place of ids. A third argument of
-- the trigger names what is told of the row beside its key, as it is now.
CREATE OR REPLACE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    keys text[] := string_to_array(TG_ARGV[0], ',');
    left_out text[] := string_to_array(coalesce(TG_ARGV[1], ''), ',');
    told text[] := string_to_array(coalesce(TG_ARGV[2], ''), ',');
    acted_by text := coalesce(nullif(current_setting('bonphu.actor', true), ''), session_user);
    asked_by text := nullif(current_setting('bonphu.request', true), '');
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO audit (moment, actor, request, subject, key, change, after)
        SELECT now(), acted_by, asked_by, TG_TABLE_NAME, picked(one.whole, keys || told), 'created', one.whole
        FROM (SELECT in_words(audited(to_jsonb(new_rows), left_out)) AS whole FROM new_rows) AS one;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO audit (moment, actor, request, subject, key, change, before)
        SELECT now(), acted_by, asked_by, TG_TABLE_NAME, picked(one.whole, keys || told), 'deleted', one.whole
        FROM (SELECT in_words(audited(to_jsonb(old_rows), left_out)) AS whole FROM old_rows) AS one;
    ELSE
        INSERT INTO audit (moment, actor, request, subject, key, change, before, after)
        SELECT now(), acted_by, asked_by, TG_TABLE_NAME, picked(is_now.whole, keys || told), 'changed',
            differing(was.whole, is_now.whole), differing(is_now.whole, was.whole)
        FROM (
            SELECT picked(one.whole, keys) AS key, one.whole
            FROM (SELECT in_words(audited(to_jsonb(old_rows), left_out)) AS whole FROM old_rows) AS one
        ) AS was
        JOIN (
            SELECT picked(one.whole, keys) AS key, one.whole
            FROM (SELECT in_words(audited(to_jsonb(new_rows), left_out)) AS whole FROM new_rows) AS one
        ) AS is_now USING (key)
        WHERE was.whole <> is_now.whole;
    END IF;
    RETURN NULL;
END
$$;

-- As `audit_table`, also of a table that is audited already; `told`: what is named beside the key.
CREATE FUNCTION audit_table_in_words(audited_table regclass, columns text, left_out text, told text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER audit_created AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows'
        ' FOR EACH STATEMENT EXECUTE FUNCTION keep_audit(%L, %L, %L)', audited_table, columns, left_out, told);
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER audit_changed AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows'
        ' NEW TABLE AS new_rows'
        ' FOR EACH STATEMENT EXECUTE FUNCTION keep_audit(%L, %L, %L)', audited_table, columns, left_out, told);
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER audit_deleted AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows'
        ' FOR EACH STATEMENT EXECUTE FUNCTION keep_audit(%L, %L, %L)', audited_table, columns, left_out, told);
END
$$;
