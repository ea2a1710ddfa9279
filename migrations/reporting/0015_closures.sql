-- Adds `closure_copy`: which days of a campaign were closed by which decision, as progress tells it. Each closure is kept,
-- the one of the highest revision says what is closed; `through` NULL: nothing any more.
CREATE TABLE closure_copy (
    campaign_id bigint NOT NULL,
    revision bigint NOT NULL,
    through date,
    decision_number text NOT NULL,
    decision_date date NOT NULL,
    closed_at timestamptz NOT NULL,
    PRIMARY KEY (campaign_id, revision)
);
ALTER TABLE closure_copy ENABLE ROW LEVEL SECURITY;
CREATE POLICY opened ON closure_copy FOR SELECT TO bonphu_reporting_reader
    USING ((SELECT all_campaigns_are_open()) OR campaign_id = ANY ((SELECT open_campaigns())::bigint[]));
