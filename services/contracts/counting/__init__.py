"""Rules 3 to 5 over plain values: what a series of rows adds up to, and whose series counts."""
