-- Copies of issued plans, which say what each unit received. A plan counts once all of its lines have come.
CREATE TABLE plan_copy (
    id uuid PRIMARY KEY,
    campaign_id bigint NOT NULL,
    family uuid NOT NULL,
    revision integer NOT NULL,
    document_number text NOT NULL,
    document_date date NOT NULL,
    lines_total integer NOT NULL,
    lines_come integer NOT NULL
);
CREATE INDEX plan_copy_family ON plan_copy (family, revision);

CREATE TABLE plan_line_copy (
    campaign_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    indicator_no smallint NOT NULL,
    cohort_no smallint NOT NULL,
    plan_id uuid NOT NULL,
    amount bigint NOT NULL,
    baseline bigint NOT NULL,
    PRIMARY KEY (campaign_id, unit_id, indicator_no, cohort_no, plan_id)
);
CREATE INDEX plan_line_copy_plan ON plan_line_copy (plan_id);

-- Grows whenever what was known of quotas and totals may no longer hold: with each plan, and with each void.
ALTER TABLE campaign_copy ADD COLUMN quota_version bigint NOT NULL DEFAULT 0;
