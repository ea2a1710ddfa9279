"""Splitting a whole number over units, exactly (rule 1).

A preview is never stored; a plan keeps what it was split by.
"""
