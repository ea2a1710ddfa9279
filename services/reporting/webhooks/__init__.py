"""Signed deliveries to other systems: what they are told, whom they may tell, when they are sent again.

A delivery is written in the transaction of what it tells of, under a key of its own, and sent by whichever process is
free until it is taken or has failed too often. It is told at least once; its id is the same each time.
"""
