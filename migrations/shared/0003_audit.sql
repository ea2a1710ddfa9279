-- Who changed what, when, from what to what. Append-only: the database refuses anything else.
-- `subject`: what was changed (a table's name), `key`: which of them; `before` and `after`: of a change only what
-- differs. `actor` and `request` come from the unit of work; a hand at the database shows as its role.
CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    moment timestamptz NOT NULL,
    actor text NOT NULL,
    request text,
    subject text NOT NULL,
    key jsonb NOT NULL,
    change text NOT NULL CHECK (change IN ('created', 'changed', 'deleted')),
    before jsonb,
    after jsonb
);
CREATE INDEX audit_subject ON audit (subject, id);
CREATE INDEX audit_actor ON audit (actor, id);
CREATE INDEX audit_moment ON audit USING brin (moment);

CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is appended to and never changed';
END
$$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit();

-- A row as the audit keeps it: without what only serves searching, with a definition's fields as its own.
CREATE FUNCTION audited(whole jsonb, left_out text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE
    RETURN ((whole - 'definition') || coalesce(whole -> 'definition', '{}'::jsonb)) - left_out;

CREATE FUNCTION picked(whole jsonb, names text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE
    RETURN (SELECT coalesce(jsonb_object_agg(name, whole -> name), '{}'::jsonb) FROM unnest(names) AS name);

-- Of `whole` the fields that `other` has otherwise.
CREATE FUNCTION differing(whole jsonb, other jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE
    RETURN (
        SELECT coalesce(jsonb_object_agg(field.key, field.value), '{}'::jsonb) FROM jsonb_each(whole) AS field
        WHERE other -> field.key IS DISTINCT FROM field.value
    );

-- Called once a statement, with the names of the key's columns and of those that are left out, by commas.
CREATE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    keys text[] := string_to_array(TG_ARGV[0], ',');
    left_out text[] := string_to_array(coalesce(TG_ARGV[1], ''), ',');
    acted_by text := coalesce(nullif(current_setting('bonphu.actor', true), ''), session_user);
    asked_by text := nullif(current_setting('bonphu.request', true), '');
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO audit (moment, actor, request, subject, key, change, after)
        SELECT now(), acted_by, asked_by, TG_TABLE_NAME, picked(one.whole, keys), 'created', one.whole
        FROM (SELECT audited(to_jsonb(new_rows), left_out) AS whole FROM new_rows) AS one;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO audit (moment, actor, request, subject, key, change, before)
        SELECT now(), acted_by, asked_by, TG_TABLE_NAME, picked(one.whole, keys), 'deleted', one.whole
        FROM (SELECT audited(to_jsonb(old_rows), left_out) AS whole FROM old_rows) AS one;
    ELSE
        INSERT INTO audit (moment, actor, request, subject, key, change, before, after)
        SELECT now(), acted_by, asked_by, TG_TABLE_NAME, was.key, 'changed',
            differing(was.whole, is_now.whole), differing(is_now.whole, was.whole)
        FROM (
            SELECT picked(to_jsonb(old_rows), keys) AS key, audited(to_jsonb(old_rows), left_out) AS whole FROM old_rows
        ) AS was
        JOIN (
            SELECT picked(to_jsonb(new_rows), keys) AS key, audited(to_jsonb(new_rows), left_out) AS whole FROM new_rows
        ) AS is_now USING (key)
        WHERE was.whole <> is_now.whole;
    END IF;
    RETURN NULL;
END
$$;

-- From now on every change of the table is in the audit. `columns`: those of its key; `left_out`: those not kept.
CREATE FUNCTION audit_table(audited_table regclass, columns text, left_out text DEFAULT '') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE TRIGGER audit_created AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows'
        ' FOR EACH STATEMENT EXECUTE FUNCTION keep_audit(%L, %L)', audited_table, columns, left_out);
    EXECUTE format(
        'CREATE TRIGGER audit_changed AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'
        ' FOR EACH STATEMENT EXECUTE FUNCTION keep_audit(%L, %L)', audited_table, columns, left_out);
    EXECUTE format(
        'CREATE TRIGGER audit_deleted AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows'
        ' FOR EACH STATEMENT EXECUTE FUNCTION keep_audit(%L, %L)', audited_table, columns, left_out);
END
$$;
