-- One row: which database this is, and a number that grows with every commit that changes units or successions. With the
-- version of each campaign it tells whether an answer that was kept still holds.
CREATE TABLE read_model (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch uuid NOT NULL DEFAULT gen_random_uuid(),
    units_version bigint NOT NULL DEFAULT 0
);
INSERT INTO read_model DEFAULT VALUES;

CREATE FUNCTION units_have_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE read_model SET units_version = units_version + 1;
    RETURN NULL;
END
$$;
CREATE TRIGGER units_have_changed AFTER INSERT OR UPDATE OR DELETE ON unit_copy
    FOR EACH STATEMENT EXECUTE FUNCTION units_have_changed();
CREATE TRIGGER units_have_changed AFTER INSERT OR UPDATE OR DELETE ON succession_copy
    FOR EACH STATEMENT EXECUTE FUNCTION units_have_changed();
