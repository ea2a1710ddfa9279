"""Keeping: owns what a process keeps of what it has read or answered, as long as what that follows from is the same."""
