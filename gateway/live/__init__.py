"""Live: owns subscriptions, from what wakes them to the two ways in which they travel."""
