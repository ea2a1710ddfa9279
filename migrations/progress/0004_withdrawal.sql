-- Adds to batch what a void says of it, and to the ledger an index by batch.
ALTER TABLE batch ADD COLUMN void_reason text, ADD COLUMN voided_by text;

-- Rows are appended by growing acknowledgement, so that a block index finds those of a batch and costs writers nothing.
CREATE INDEX ledger_acknowledgement ON ledger USING brin (acknowledgement)
    WITH (pages_per_range = 16, autosummarize = on);
