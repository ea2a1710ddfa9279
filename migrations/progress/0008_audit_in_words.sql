SET LOCAL lock_timeout = '5s';
CREATE FUNCTION in_words(whole jsonb) RETURNS jsonb LANGUAGE sql STABLE
    RETURN (whole - ARRAY['campaign_id', 'source_id'])
        || CASE WHEN whole ? 'campaign_id' THEN jsonb_build_object(
            'campaign', (SELECT code FROM campaign_copy WHERE id = (whole ->> 'campaign_id')::bigint)) ELSE '{}' END
        || CASE WHEN whole ? 'source_id' THEN jsonb_build_object(
            'source', (SELECT code FROM source WHERE id = (whole ->> 'source_id')::bigint)) ELSE '{}' END;

SELECT audit_table_in_words('source', 'code', 'id,revision', '');
SELECT audit_table_in_words('closure', 'campaign,revision', '', '');
CREATE OR REPLACE TRIGGER audit_changed AFTER UPDATE ON batch REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_audit('id', 'receipt', 'campaign,source,received_at');
