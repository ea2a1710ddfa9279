-- What coverage (rule 6) follows from: another value with every commit that changes quotas, trees or the first days of
-- anchors. Unlike `version` it stands still while rows come of units that have reported before. Random, so that no two
-- databases and no two states share one.
ALTER TABLE campaign_copy ADD COLUMN coverage_version uuid;
ALTER TABLE campaign_copy ALTER COLUMN coverage_version SET DEFAULT gen_random_uuid();
UPDATE campaign_copy SET coverage_version = gen_random_uuid();
