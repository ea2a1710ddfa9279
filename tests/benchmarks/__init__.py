"""`make bench`: how fast it is, always as a ratio to a floor that is measured beside it, in turns.

`__main__` runs the tables that are named (all of them unless any is), each on one installation of real processes in a
temporary home: uvicorn as the launcher starts it, PostgreSQL with fsync, NATS that syncs before it acknowledges. Load
comes from a process of its own. Not collected by pytest, except for the arithmetic.
"""
