"""Versions: owns what tells that something read has changed, and announces it."""
