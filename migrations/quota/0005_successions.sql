-- Successions: dated acts by which units become others. Append-only: facts are never rewritten.
CREATE TABLE succession_act (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    day date NOT NULL,
    relation text NOT NULL CHECK (relation IN ('merge', 'split', 'part', 'rename', 'abolish', 'move')),
    decision_number text NOT NULL,
    decision_date date NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL
);
-- What became of a unit on the day, one row per successor; `successor_id` NULL: nothing. Of `weights_total` shares of
-- the predecessor the successor has `weight`; NULL: not stated, and nothing is shared out.
CREATE TABLE succession (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    act_id bigint NOT NULL REFERENCES succession_act,
    day date NOT NULL,
    predecessor_id bigint NOT NULL REFERENCES unit,
    successor_id bigint REFERENCES unit,
    weight bigint,
    weights_total bigint,
    is_main boolean NOT NULL,
    CHECK ((weight IS NULL) = (weights_total IS NULL)),
    CHECK (weight >= 0 AND weights_total > 0 AND weight <= weights_total),
    CONSTRAINT succession_once UNIQUE NULLS NOT DISTINCT (predecessor_id, day, successor_id)
);
CREATE INDEX succession_act_id ON succession (act_id);
CREATE INDEX succession_successor ON succession (successor_id);

CREATE TRIGGER succession_act_is_append_only BEFORE UPDATE OR DELETE ON succession_act
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER succession_is_append_only BEFORE UPDATE OR DELETE ON succession
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
