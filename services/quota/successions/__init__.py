"""Dated acts by which units become others, and what became of whom, both ways and over several steps.

Deliberately absent: moving plans or figures along. A campaign keeps the hierarchy that it ran in.
"""
