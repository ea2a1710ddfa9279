"""The chain of plans from the top unit down, unit by unit: received, handed down, left over, waited for."""
