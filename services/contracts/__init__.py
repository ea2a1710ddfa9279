"""Words that two rooms share: events, definitions, replies, counting, names and printed forms.

No I/O here, and nothing that only one service needs.
"""
