"""Quotas in force (rule 8), derived on each question from the issued plans; nothing is stored here."""
