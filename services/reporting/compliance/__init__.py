"""Compliance (rule 12): owns who owed a report, of which unit and day, and whether it came in time.

Nobody is reminded from here; webhooks tell of reports that are missing.
"""
