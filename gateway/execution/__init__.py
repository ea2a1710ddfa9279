"""How a query is carried out: documents parsed and checked once, batches instead of single questions, coded errors.

Deliberately absent: what the fields mean (`gateway.graph`) and HTTP (`gateway.http`).
"""
