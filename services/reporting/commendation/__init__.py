"""Commendation (rule 13): owns who may be commended, and why not.

Who is commended is for people to decide.
"""
