"""Reconciliation (rule 5): owns every source's figure beside that of whoever speaks, and how long they have differed.

Who speaks decides figures in the projector; here it is only shown.
"""
