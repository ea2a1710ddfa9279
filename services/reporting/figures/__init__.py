"""Figures: owns what a unit's figure in an indicator is made of, exactly, as of a day.

Pace, knowledge of the past, cohorts and other hierarchies are not here.
"""
