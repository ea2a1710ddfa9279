"""Where a figure comes from: owns the way from any figure down to children, sources, batches and plan documents.

Exempt cases are never told apart by reason here; `exemptions/` decides what of them may be told.
"""
