"""What quota has on record, streamed to the services that keep copies of it. Changes nothing."""
