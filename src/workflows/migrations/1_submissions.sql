-- Valid in SQLite and in PostgreSQL. Times are milliseconds since 1970.
CREATE TABLE submissions (
    id TEXT NOT NULL PRIMARY KEY,
    server TEXT NOT NULL,
    workflow_id BIGINT NOT NULL,
    idempotency_key TEXT,
    attempt BIGINT NOT NULL,
    input_digest TEXT NOT NULL,
    state TEXT NOT NULL,
    job_id BIGINT,
    baseline TEXT,
    owner TEXT NOT NULL,
    heartbeat BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
-- One submission for each attempt of a key. Submissions without a key do not conflict: NULL equals nothing.
CREATE UNIQUE INDEX submissions_by_key ON submissions (server, idempotency_key, attempt);
-- What others did of late.
CREATE INDEX submissions_by_workflow ON submissions (server, workflow_id, updated_at);
-- For lists, and to delete old submissions.
CREATE INDEX submissions_by_age ON submissions (updated_at);
