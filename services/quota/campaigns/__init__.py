"""Campaigns: their definition, every revision of it, and what of it may no longer change."""
