"""Progress: who reports, what they reported, and what is live of it. Owns the schema `progress`.

No quotas (quota), no roll-ups or rates (reporting). Closing a period and withdrawing a batch are not here yet.
"""
