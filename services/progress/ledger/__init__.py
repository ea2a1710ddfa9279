"""The ledger of every row ever reported, the live row of each key, and the batches with their receipts.

Nothing here is updated but the live rows.
"""
