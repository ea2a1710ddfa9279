"""Plans: drafts, and the issue that makes one known for good. Deliberately absent: revising and withdrawing."""
