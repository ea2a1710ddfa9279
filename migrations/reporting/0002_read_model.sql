-- Copies of what quota owns.
CREATE TABLE unit_copy (
    id bigint PRIMARY KEY,
    code text NOT NULL,
    level text NOT NULL,
    kind text NOT NULL,
    parent_code text,
    name text NOT NULL,
    sort_key text COLLATE "C" NOT NULL,
    search_key text NOT NULL,
    valid_from date,
    valid_to date,
    revision bigint NOT NULL
);
CREATE INDEX unit_copy_code ON unit_copy (code);
CREATE INDEX unit_copy_parent_code ON unit_copy (parent_code);
CREATE INDEX unit_copy_search ON unit_copy USING gin (search_key extensions.gin_trgm_ops);

-- `version` grows with every commit that changes what is read of the campaign. `units_left`: units that may have rows
-- have left its tree, so that one which joins it may have rows already.
CREATE TABLE campaign_copy (
    id bigint PRIMARY KEY,
    code text NOT NULL UNIQUE,
    unit_id bigint NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    hierarchy_day date NOT NULL,
    definition jsonb NOT NULL,
    revision bigint NOT NULL,
    version bigint NOT NULL DEFAULT 0,
    units_left boolean NOT NULL DEFAULT false
);

-- The tree of each campaign on its hierarchy day. `path`: ids from the top unit to this one; `levels`: their levels.
CREATE TABLE campaign_unit (
    tenant bigint NOT NULL,
    campaign_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    parent_id bigint,
    depth smallint NOT NULL,
    path bigint[] NOT NULL,
    levels text[] NOT NULL,
    code text NOT NULL,
    level text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    sort_key text COLLATE "C" NOT NULL,
    search_key text NOT NULL,
    PRIMARY KEY (tenant, campaign_id, unit_id)
);
CREATE UNIQUE INDEX campaign_unit_unit ON campaign_unit (campaign_id, unit_id);
CREATE INDEX campaign_unit_code ON campaign_unit (campaign_id, code);
CREATE INDEX campaign_unit_parent ON campaign_unit (campaign_id, parent_id);
CREATE INDEX campaign_unit_level ON campaign_unit (campaign_id, level, sort_key, code);

-- Every unit with itself (distance 0) and each of its ancestors; `tenant` is the descendant's, `ancestor_tenant` the
-- ancestor's (another one where the ancestor stands above the provinces).
CREATE TABLE campaign_closure (
    tenant bigint NOT NULL,
    campaign_id bigint NOT NULL,
    descendant_id bigint NOT NULL,
    ancestor_id bigint NOT NULL,
    ancestor_tenant bigint NOT NULL,
    distance smallint NOT NULL,
    PRIMARY KEY (tenant, campaign_id, descendant_id, ancestor_id)
);
CREATE INDEX campaign_closure_ancestor ON campaign_closure (campaign_id, ancestor_id, distance);

-- Plans as issued; one counts once `lines_received` = `lines_total`.
CREATE TABLE plan_copy (
    id uuid PRIMARY KEY,
    campaign_id bigint NOT NULL,
    family uuid NOT NULL,
    revision integer NOT NULL,
    unit_id bigint,
    document_number text NOT NULL,
    document_date date NOT NULL,
    issued_at timestamptz NOT NULL,
    lines_total integer NOT NULL,
    lines_received integer NOT NULL,
    UNIQUE (campaign_id, family, revision)
);
CREATE TABLE plan_line_copy (
    tenant bigint NOT NULL,
    campaign_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    indicator_no smallint NOT NULL,
    cohort_no smallint NOT NULL,
    plan_id uuid NOT NULL,
    amount bigint NOT NULL,
    baseline bigint NOT NULL,
    held boolean NOT NULL,
    PRIMARY KEY (tenant, campaign_id, unit_id, indicator_no, cohort_no, plan_id)
);
CREATE INDEX plan_line_copy_plan ON plan_line_copy (plan_id);

-- Quotas in force, as steps: a row holds from its day until the next row of its key. `cohort_no` 0 is all cohorts
-- together (rule 8); `amount` NULL: no quota from that day on. `basis` 1 received, 2 derived from the children.
CREATE TABLE quota_step (
    tenant bigint NOT NULL,
    campaign_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    indicator_no smallint NOT NULL,
    cohort_no smallint NOT NULL,
    from_day date NOT NULL,
    amount bigint,
    baseline bigint,
    basis smallint,
    PRIMARY KEY (tenant, campaign_id, unit_id, indicator_no, cohort_no, from_day)
);

CREATE TABLE source_copy (
    id bigint PRIMARY KEY,
    code text NOT NULL UNIQUE,
    name text NOT NULL,
    kind text NOT NULL,
    definition jsonb NOT NULL,
    revision bigint NOT NULL
);
CREATE TABLE batch_copy (
    id uuid PRIMARY KEY,
    acknowledgement bigint NOT NULL UNIQUE,
    campaign_id bigint NOT NULL,
    source_id bigint NOT NULL,
    received_at timestamptz NOT NULL,
    labels text[] NOT NULL,
    amends boolean NOT NULL,
    voided_at timestamptz
);

-- The log: every row that was ever reported, with the moment it was received. Append-only.
CREATE TABLE fact (
    tenant bigint NOT NULL,
    campaign_id bigint NOT NULL,
    indicator_no smallint NOT NULL,
    unit_id bigint NOT NULL,
    source_id bigint NOT NULL,
    cohort_no smallint NOT NULL,
    outcome_no smallint NOT NULL,
    reason_no smallint NOT NULL,
    day date NOT NULL,
    received_at timestamptz NOT NULL,
    acknowledgement bigint NOT NULL,
    mode_no smallint NOT NULL,
    value bigint NOT NULL,
    about boolean NOT NULL DEFAULT false,
    PRIMARY KEY (
        tenant, campaign_id, indicator_no, unit_id, source_id, cohort_no, outcome_no, reason_no, day,
        received_at, acknowledgement
    )
);

-- The live row of every key (rule 3). `anchor_id`: the unit's ancestor at the indicator's reconciliation level, or itself.
CREATE TABLE live (
    tenant bigint NOT NULL,
    campaign_id bigint NOT NULL,
    indicator_no smallint NOT NULL,
    anchor_id bigint NOT NULL,
    outcome_no smallint NOT NULL,
    unit_id bigint NOT NULL,
    source_id bigint NOT NULL,
    cohort_no smallint NOT NULL,
    reason_no smallint NOT NULL,
    day date NOT NULL,
    mode_no smallint NOT NULL,
    value bigint NOT NULL,
    received_at timestamptz NOT NULL,
    acknowledgement bigint NOT NULL,
    about boolean NOT NULL DEFAULT false,
    PRIMARY KEY (
        tenant, campaign_id, indicator_no, anchor_id, outcome_no, unit_id, source_id, cohort_no, reason_no, day
    )
);

-- Which sources have ever had a row at or under an anchor, from which day on, and whether one of them was cumulative:
-- enough to know who speaks (rule 5), and whether daily differences may pass straight up (rule 4), without the rows.
CREATE TABLE anchor_source (
    tenant bigint NOT NULL,
    campaign_id bigint NOT NULL,
    indicator_no smallint NOT NULL,
    anchor_id bigint NOT NULL,
    outcome_no smallint NOT NULL,
    source_id bigint NOT NULL,
    first_day date NOT NULL,
    has_cumulative boolean NOT NULL,
    PRIMARY KEY (tenant, campaign_id, indicator_no, anchor_id, outcome_no, source_id)
);

-- The first day for which any source has a row at or under a unit of the reconciliation level (coverage, rule 6).
CREATE TABLE anchor_reported (
    tenant bigint NOT NULL,
    campaign_id bigint NOT NULL,
    indicator_no smallint NOT NULL,
    anchor_id bigint NOT NULL,
    first_day date NOT NULL,
    PRIMARY KEY (tenant, campaign_id, indicator_no, anchor_id)
);

-- Roll-ups: by unit and day, how the total of whoever speaks changes on that day. Summing `delta` up to a day gives the
-- total as of it; it is known where the sum of `known` is above 0. `rows`: live rows of that day that count.
CREATE TABLE rollup_day (
    tenant bigint NOT NULL,
    campaign_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    indicator_no smallint NOT NULL,
    cohort_no smallint NOT NULL,
    outcome_no smallint NOT NULL,
    reason_no smallint NOT NULL,
    day date NOT NULL,
    delta bigint NOT NULL,
    known integer NOT NULL,
    rows integer NOT NULL,
    PRIMARY KEY (tenant, campaign_id, unit_id, indicator_no, cohort_no, outcome_no, reason_no, day)
);

-- The same summed over all days.
CREATE TABLE rollup_total (
    tenant bigint NOT NULL,
    campaign_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    indicator_no smallint NOT NULL,
    cohort_no smallint NOT NULL,
    outcome_no smallint NOT NULL,
    reason_no smallint NOT NULL,
    value bigint NOT NULL,
    known integer NOT NULL,
    PRIMARY KEY (tenant, campaign_id, unit_id, indicator_no, cohort_no, outcome_no, reason_no)
);

-- How many rows that count carry a label, by the day from which they do (negative where they fall silent).
CREATE TABLE rollup_label (
    tenant bigint NOT NULL,
    campaign_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    indicator_no smallint NOT NULL,
    label text NOT NULL,
    day date NOT NULL,
    rows integer NOT NULL,
    PRIMARY KEY (tenant, campaign_id, unit_id, indicator_no, label, day)
);

-- When the newest row for a day was received, of whichever source.
CREATE TABLE rollup_received (
    tenant bigint NOT NULL,
    campaign_id bigint NOT NULL,
    unit_id bigint NOT NULL,
    indicator_no smallint NOT NULL,
    day date NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, campaign_id, unit_id, indicator_no, day)
);
