"""Three alembic histories, one per service; each runs as its service's role over a direct connection."""
