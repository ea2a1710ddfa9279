"""Withdrawing a batch (rule 3): from the moment of the void it is as if the batch had never come.

Nothing is erased: ledger and receipt stay, and what was known before the void stays known as of then.
"""
