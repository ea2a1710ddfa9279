"""Sending a file of counts, as a partner does it: once, however often the connection breaks, with a readable receipt.

Owns the sender (`sending`), what it remembers of a file that has no answer yet (`pending`), the file (`files`) and the
receipt as people read it (`receipts`). Deliberately absent: judging rows, which is progress's.
"""
