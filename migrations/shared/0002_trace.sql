-- The trace that a write belongs to, as W3C `traceparent`: whoever applies its event goes on with it. NULL: untraced.
ALTER TABLE outbox ADD COLUMN trace text;
