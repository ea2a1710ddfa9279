"""The projector: what quota and progress tell becomes copies, trees, a log and roll-ups.

Owns every write to the read model; answers no request. Each batch of events is one transaction with its inbox rows.
Deliberately absent: pace, ranks and rates (computed when they are read) and everything that is asked as known at a
past moment (answered from the log).
"""
