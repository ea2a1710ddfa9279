"""Exemptions: owns how many cases are exempt for which reason, and what of that whom may be told (rule 14)."""
