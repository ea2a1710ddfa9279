"""reporting: every figure of any day. Owns the schema `reporting`: copies, trees, the log of facts, roll-ups.

Deliberately absent: deciding what may be reported (progress) and what was handed down (quota); it only learns of both.
"""
