"""Reading the ledger: every revision of every key, newest first, as of now or as known at a past moment."""
