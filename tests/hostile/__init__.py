"""What strangers send: every operation with whatever its document allows, and with what it does not."""
