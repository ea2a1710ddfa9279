"""What progress has on record, streamed to reporting where it fills its log anew. Changes nothing."""
