-- What 0007 holds in its place; the unique key serves whoever looks for a code too.
SET LOCAL lock_timeout = '5s';
/* squawk-ignore ban-drop-constraint */
ALTER TABLE unit DROP CONSTRAINT unit_one_per_code_and_day;
/* squawk-ignore require-concurrent-index-deletion */
DROP INDEX unit_code;
