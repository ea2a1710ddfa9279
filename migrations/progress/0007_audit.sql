-- Sources, closures and withdrawals are audited; what is reported has the ledger, which is never changed.
SELECT audit_table('source', 'code', 'revision');
SELECT audit_table('closure', 'campaign_id,revision');
CREATE TRIGGER audit_changed AFTER UPDATE ON batch REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_audit('id', 'receipt');
