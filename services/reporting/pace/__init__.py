"""Pace (rule 10): owns what is expected by a day, what is needed per day and what a campaign will come to."""
