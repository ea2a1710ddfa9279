-- Adds to `snapshot` which batches counted: their ids in order, 16 bytes each, compressed by zlib; NULL in older ones. The
-- hash covers them by the digest that the content names. The audit leaves them out like the content.
SET LOCAL lock_timeout = '5s';
ALTER TABLE snapshot ADD COLUMN batches bytea;
ALTER TABLE snapshot ALTER COLUMN batches SET STORAGE EXTERNAL;
SELECT audit_table_in_words('snapshot', 'id', 'content,batches', 'campaign,number,as_of');
