SET LOCAL lock_timeout = '5s';
CREATE FUNCTION in_words(whole jsonb) RETURNS jsonb LANGUAGE sql STABLE
    RETURN (whole - 'campaign_id')
        || CASE WHEN whole ? 'campaign_id' THEN jsonb_build_object(
            'campaign', (SELECT code FROM campaign_copy WHERE id = (whole ->> 'campaign_id')::bigint)) ELSE '{}' END;

SELECT audit_table_in_words('snapshot', 'id', 'content', 'campaign,number,as_of');
