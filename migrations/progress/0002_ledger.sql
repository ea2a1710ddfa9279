-- Copies of what quota owns.
CREATE TABLE unit_copy (
    id bigint PRIMARY KEY,
    code text NOT NULL,
    level text NOT NULL,
    kind text NOT NULL,
    parent_code text,
    name text NOT NULL,
    valid_from date,
    valid_to date,
    revision bigint NOT NULL
);
CREATE INDEX unit_copy_code ON unit_copy (code);
CREATE INDEX unit_copy_parent_code ON unit_copy (parent_code);

-- `above`: codes of the units above the top unit on the hierarchy day. `version` grows with every change of the
-- definition, of `above` or of the tree: whoever keeps the campaign in memory compares it.
CREATE TABLE campaign_copy (
    id bigint PRIMARY KEY,
    code text NOT NULL UNIQUE,
    unit_id bigint NOT NULL,
    hierarchy_day date NOT NULL,
    definition jsonb NOT NULL,
    revision bigint NOT NULL,
    above text[] NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 0
);

-- The tree of each campaign on its hierarchy day. `path`: ids from the top unit to this one.
CREATE TABLE campaign_unit (
    tenant bigint NOT NULL,
    campaign_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    code text NOT NULL,
    level text NOT NULL,
    path bigint[] NOT NULL,
    PRIMARY KEY (tenant, campaign_id, unit_id)
);
CREATE UNIQUE INDEX campaign_unit_code ON campaign_unit (campaign_id, code, tenant);
CREATE INDEX campaign_unit_id ON campaign_unit (campaign_id, unit_id);

-- Who reports. `reports` and `aliases` as the API spells them.
CREATE TABLE source (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text COLLATE "C" NOT NULL UNIQUE,
    name text NOT NULL,
    kind text NOT NULL,
    reports jsonb NOT NULL,
    aliases jsonb NOT NULL,
    revision bigint NOT NULL DEFAULT 1
);

-- How a source reports an indicator, fixed by its first row (rule 6): by cohorts or without, and at which level.
-- `has_cumulative`: a cumulative row has come, so that totals can fall.
CREATE TABLE source_indicator (
    campaign_id bigint NOT NULL,
    source_id bigint NOT NULL,
    indicator_no smallint NOT NULL,
    level text NOT NULL,
    by_cohorts boolean NOT NULL,
    has_cumulative boolean NOT NULL,
    PRIMARY KEY (campaign_id, source_id, indicator_no)
);
CREATE INDEX source_indicator_source ON source_indicator (source_id);

-- Indicators that any source has reported.
CREATE TABLE indicator_reported (
    campaign_id bigint NOT NULL,
    indicator_no smallint NOT NULL,
    PRIMARY KEY (campaign_id, indicator_no)
);

-- What came in. `within_id`: the lowest unit that holds all rows that were taken; NULL where none was.
-- `sender_units`: the subtrees that the sender's token named; whoever sees all of those may see the receipt.
CREATE SEQUENCE batch_acknowledgement;
CREATE TABLE batch (
    id uuid PRIMARY KEY,
    acknowledgement bigint NOT NULL,
    campaign_id bigint NOT NULL,
    source_id bigint NOT NULL,
    received_at timestamptz NOT NULL,
    subject text NOT NULL,
    sender_units text[] NOT NULL,
    status text NOT NULL,
    within_id bigint,
    labels text[] NOT NULL,
    amends boolean NOT NULL,
    receipt bytea NOT NULL,
    voided_at timestamptz
);
CREATE UNIQUE INDEX batch_campaign ON batch (campaign_id, acknowledgement);

-- Every row that was ever reported, as it was reported. Append-only.
CREATE TABLE ledger (
    tenant bigint NOT NULL,
    campaign_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    source_id bigint NOT NULL,
    value bigint NOT NULL,
    acknowledgement bigint NOT NULL,
    received_at timestamptz NOT NULL,
    day date NOT NULL,
    indicator_no smallint NOT NULL,
    cohort_no smallint NOT NULL,
    outcome_no smallint NOT NULL,
    reason_no smallint NOT NULL,
    mode_no smallint NOT NULL,
    about boolean NOT NULL,
    PRIMARY KEY (
        tenant, campaign_id, unit_id, indicator_no, source_id, cohort_no, outcome_no, reason_no, day, acknowledgement
    )
);

-- The live row of every key (rule 3). `previous_value`: what the row before it said, NULL where it is the first;
-- `repeats`: it says the same as that one. An upsert thus tells what it did on every PostgreSQL, not from 18 on only.
CREATE TABLE latest (
    tenant bigint NOT NULL,
    campaign_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    source_id bigint NOT NULL,
    value bigint NOT NULL,
    acknowledgement bigint NOT NULL,
    received_at timestamptz NOT NULL,
    previous_value bigint,
    day date NOT NULL,
    indicator_no smallint NOT NULL,
    cohort_no smallint NOT NULL,
    outcome_no smallint NOT NULL,
    reason_no smallint NOT NULL,
    mode_no smallint NOT NULL,
    about boolean NOT NULL,
    repeats boolean NOT NULL DEFAULT false,
    PRIMARY KEY (tenant, campaign_id, unit_id, indicator_no, source_id, cohort_no, outcome_no, reason_no, day)
) WITH (fillfactor = 90);
