"""Exemptions: owns how many cases are exempt for which reason. What small counts reveal is not yet decided here."""
