-- When the first row for a day was received, of whichever source and of any batch that was not withdrawn: of a day whose
-- first row came after a moment nothing was known at it, so that nothing has to be derived anew. A row without one counts
-- as known since ever.
ALTER TABLE rollup_received ADD COLUMN first_received_at timestamptz NOT NULL DEFAULT '-infinity';

UPDATE rollup_received AS row SET first_received_at = first.received_at
FROM (
    SELECT line.campaign_id, line.ancestor_id, fact.indicator_no, fact.day, min(fact.received_at) AS received_at
    FROM fact
    JOIN campaign_closure AS line ON line.tenant = fact.tenant AND line.campaign_id = fact.campaign_id
        AND line.descendant_id = fact.unit_id
    WHERE NOT EXISTS (
        SELECT FROM batch_copy AS batch
        WHERE batch.acknowledgement = fact.acknowledgement AND batch.voided_at IS NOT NULL)
    GROUP BY 1, 2, 3, 4
) AS first
WHERE row.campaign_id = first.campaign_id AND row.unit_id = first.ancestor_id
    AND row.indicator_no = first.indicator_no AND row.day = first.day;

