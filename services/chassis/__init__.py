"""What every process stands on; knows no word of the domain.

Owns settings, the unit of work, outbox, relay, inbox, bus, leases, identity, problems,
consistency tokens, idempotency, pages, health and observability. Deliberately absent:
anything that a province would have a word for.
"""
