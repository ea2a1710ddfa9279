"""Units in time. Deliberately absent: successions between them, and files other than JSON."""
