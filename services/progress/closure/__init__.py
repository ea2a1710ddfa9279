"""Closing a period by decision (rule 7): later rows of its days need `progress:amend`, and bear that mark for ever.

Each closure is kept; the newest says what is closed. A closure that closes nothing opens the campaign again.
"""
