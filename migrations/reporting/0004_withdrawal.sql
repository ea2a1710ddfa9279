-- Rows are logged nearly by growing acknowledgement, so that a block index finds those of a batch and costs no writer.
CREATE INDEX fact_acknowledgement ON fact USING brin (acknowledgement)
    WITH (pages_per_range = 16, autosummarize = on);
