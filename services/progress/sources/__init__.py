"""Who reports: sources, the level at which each reports an indicator, and its own codes of units."""
