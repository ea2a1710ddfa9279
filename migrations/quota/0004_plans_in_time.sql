-- Plans in time: why a plan was revised or withdrawn, and the splits that its lines were made by, with their inputs.
SET LOCAL lock_timeout = '5s';
ALTER TABLE plan ADD COLUMN note text, ADD COLUMN apportionments jsonb;

-- What was issued stays: only its status (and with it the edition) follows what is issued later.
CREATE FUNCTION refuse_change_of_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (to_jsonb(NEW) - ARRAY['status', 'edition']) <> (to_jsonb(OLD) - ARRAY['status', 'edition']) THEN
        RAISE EXCEPTION 'the plan % is issued and stays as it is', OLD.id;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER issued_plan_stays BEFORE UPDATE OR DELETE ON plan
    FOR EACH ROW WHEN (OLD.status <> 'draft') EXECUTE FUNCTION refuse_change_of_issued();
