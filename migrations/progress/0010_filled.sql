-- Copies that hold what their owner told before this service listened.
CREATE TABLE copy_filled (
    what text PRIMARY KEY,
    filled_at timestamptz NOT NULL
);
