"""Figures as data: one row per unit, indicator and cohort, as CSV, XLSX or Parquet.

What stands in which column is fixed by `columns`; the files are written by a process of its own (`writing`). Exempt
cases are shown in sum, never by reason.
"""
