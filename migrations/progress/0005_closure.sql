-- What is closed, by decision: the newest revision counts, the others stay. `through` NULL: nothing is.
CREATE TABLE closure (
    campaign_id bigint NOT NULL,
    revision integer NOT NULL,
    through date,
    decision_number text NOT NULL,
    decision_date date NOT NULL,
    closed_at timestamptz NOT NULL,
    closed_by text NOT NULL,
    PRIMARY KEY (campaign_id, revision)
);

-- Adds to batch: rows of days up to this one amend what was closed when they came. `void_amends`: so does its void.
ALTER TABLE batch ADD COLUMN amends_through date, ADD COLUMN void_amends boolean NOT NULL DEFAULT false;
