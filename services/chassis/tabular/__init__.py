"""Tables in files that strangers send: CSV and XLSX, each cell read right or refused with its place and a remedy.

Owns what a cell may mean (`cells`), the sheet (`sheets`), its reading (`reading`; CSV in this process, XLSX in a
short-lived one), rows under a header (`records`), routes that take files beside JSON (`routes`) and tables out
(`writing`). Deliberately absent: what a column is about.
"""
