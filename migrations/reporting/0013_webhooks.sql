-- Adds `webhook`, `webhook_delivery` and `webhook_evaluation`.
-- `units`: the subtrees that the hook's maker may see, `*` for all: no delivery tells of anything else.
-- `secret`: what deliveries are signed with; a signature needs it in clear, so no reader sees the table.
CREATE TABLE webhook (
    id uuid PRIMARY KEY,
    owner text NOT NULL,
    code text NOT NULL,
    url text NOT NULL,
    events text[] NOT NULL,
    campaigns text[],
    units text[] NOT NULL,
    secret text NOT NULL,
    active boolean NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (owner, code)
);

-- One row per event and hook; `id` is the receiver's `webhook-id`, the same in each attempt. `key` names the event: a
-- second telling of it has no effect. `due_at`: when it is sent next; who sends sets it ahead, so that a process that
-- dies leaves it to the others.
CREATE TABLE webhook_delivery (
    id uuid PRIMARY KEY,
    webhook_id uuid NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    event text NOT NULL,
    key text NOT NULL,
    body text NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    status integer,
    fault text,
    created_at timestamptz NOT NULL,
    settled_at timestamptz,
    UNIQUE (webhook_id, key)
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (due_at) WHERE state = 'pending';
CREATE INDEX webhook_delivery_page ON webhook_delivery (webhook_id, id);
CREATE INDEX webhook_delivery_settled ON webhook_delivery (settled_at) WHERE state <> 'pending';

-- Which days of which campaign have been looked at.
CREATE TABLE webhook_evaluation (
    campaign_id bigint NOT NULL,
    day date NOT NULL,
    evaluated_at timestamptz NOT NULL,
    PRIMARY KEY (campaign_id, day)
);
ALTER TABLE webhook_evaluation ENABLE ROW LEVEL SECURITY;

REVOKE ALL ON webhook, webhook_delivery, webhook_evaluation FROM bonphu_reporting_reader;

SELECT audit_table('webhook', 'id', 'secret');
