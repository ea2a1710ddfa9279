"""Deaths: the real processes are killed at random moments under a load of retrying writers, and nothing is lost.

`python -m tests.faults` (`make faults`) kills each of them at least twenty times; `test_deaths.py` once or twice.
"""
