"""What was asked of whom: the hierarchy in time, campaigns, the plans that hand quotas down, the quotas in force.

Deliberately absent: what was achieved (progress owns it) and every figure made of both (reporting).
"""
