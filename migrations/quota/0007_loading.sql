-- A code is borne once a day: held by a unique key and a look at what was written, once a statement. The exclusion by
-- GiST held the same and took more than half of a load of the country (0008 removes it).
SET LOCAL lock_timeout = '5s';
CREATE UNIQUE INDEX unit_code_and_first_day ON unit (code, valid_from) NULLS NOT DISTINCT;

CREATE FUNCTION refuse_code_twice_on_a_day() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    twice text;
BEGIN
    -- Two transactions would not see each other's rows: whoever writes units by hand waits as a load does.
    PERFORM pg_advisory_xact_lock(hashtextextended('quota: hierarchy', 0));
    SELECT written.code INTO twice
    FROM written JOIN unit AS other ON other.code = written.code AND other.id <> written.id
        AND daterange(other.valid_from, other.valid_to, '[]') && daterange(written.valid_from, written.valid_to, '[]')
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'two units bear the code % on one day', twice USING ERRCODE = 'exclusion_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER unit_one_per_code_and_day_created AFTER INSERT ON unit REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_code_twice_on_a_day();
CREATE TRIGGER unit_one_per_code_and_day_changed AFTER UPDATE ON unit REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_code_twice_on_a_day();

-- The same entries as before, in half the time: a load of the country has 14,000 of them.
CREATE FUNCTION keep_audit_of_units() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    acted_by text := coalesce(nullif(current_setting('bonphu.actor', true), ''), session_user);
    asked_by text := nullif(current_setting('bonphu.request', true), '');
BEGIN
    INSERT INTO audit (moment, actor, request, subject, key, change, after)
    SELECT now(), acted_by, asked_by, 'unit', jsonb_build_object('code', code, 'valid_from', valid_from), 'created',
        jsonb_build_object(
            'code', code, 'level', level, 'kind', kind, 'parent_code', parent_code, 'name', name,
            'valid_from', valid_from, 'valid_to', valid_to)
    FROM written;
    RETURN NULL;
END
$$;
DROP TRIGGER audit_created ON unit;
CREATE TRIGGER audit_created AFTER INSERT ON unit REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_of_units();
