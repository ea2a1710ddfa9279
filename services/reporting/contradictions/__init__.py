"""Contradictions (rule 16): owns what is shown as it was told although it cannot all be right.

Nothing is corrected here, and figures stay as they are.
"""
