-- Which indicators have a hedged count at all is asked with each figure of an activity; few rows are hedged.
CREATE INDEX live_about ON live (campaign_id, indicator_no) WHERE about;
