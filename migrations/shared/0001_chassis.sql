-- What the chassis needs in the schema of each service. Applied by the first migration of each history; never edited.
CREATE TABLE outbox (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    write_id uuid NOT NULL,
    part integer NOT NULL,
    kind text NOT NULL,
    tenant bigint,
    payload bytea NOT NULL,
    recorded_at timestamptz NOT NULL,
    published_at timestamptz,
    stream_seq bigint,
    UNIQUE (write_id, part)
);
CREATE INDEX outbox_unpublished ON outbox (seq) WHERE published_at IS NULL;
CREATE INDEX outbox_stream_seq ON outbox (stream_seq) WHERE stream_seq IS NOT NULL;

-- One row per event that was applied here.
CREATE TABLE inbox (
    origin text NOT NULL,
    write_id uuid NOT NULL,
    part integer NOT NULL,
    applied_at timestamptz NOT NULL,
    PRIMARY KEY (origin, write_id, part)
);
CREATE INDEX inbox_applied_at ON inbox (applied_at);

-- The newest write of each origin that was applied here: what a read names as its `as_of_token`.
CREATE TABLE inbox_head (
    origin text PRIMARY KEY,
    write_id uuid NOT NULL,
    parts integer NOT NULL,
    applied_at timestamptz NOT NULL
);

-- Events that mention a thing not yet known here (`needs`), or that failed (`needs` = 'fault').
CREATE TABLE waiting_event (
    origin text NOT NULL,
    write_id uuid NOT NULL,
    part integer NOT NULL,
    kind text NOT NULL,
    payload bytea NOT NULL,
    needs text NOT NULL,
    explanation text,
    since timestamptz NOT NULL,
    PRIMARY KEY (origin, write_id, part)
);
CREATE INDEX waiting_event_needs ON waiting_event (needs);

-- Who does a piece of background work at the moment; checked inside each of the worker's transactions.
CREATE TABLE lease (
    name text PRIMARY KEY,
    holder uuid NOT NULL,
    epoch bigint NOT NULL,
    expires_at timestamptz NOT NULL
);

-- Answers kept with their Idempotency-Key, in the transaction of their effect.
CREATE TABLE idempotency (
    day date NOT NULL,
    caller text NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status integer NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    kept_at timestamptz NOT NULL,
    PRIMARY KEY (caller, method, path, key, day)
);
CREATE INDEX idempotency_day ON idempotency (day);
