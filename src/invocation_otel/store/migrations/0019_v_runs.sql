-- Which runs were there, how did each end, and what did it cost? One row a run.
-- A filter on tenant and started_at reaches the table's key, one on run_id, root_run_id, trace_id, session_id,
-- celery_task_id or external_id its index. The exact mode would then read every granule, because the key descends.
-- It guards against versions of a row that differ in such a column. Ours do not: every span of a run carries them from
-- its start.
CREATE VIEW IF NOT EXISTS v_runs
(
    tenant LowCardinality(String) COMMENT 'whose run it is',
    run_id String COMMENT 'run_ and 32 hex digits',
    started_at DateTime64(3, 'UTC') COMMENT 'when it began: the time in its id',
    ended_at Nullable(DateTime64(3, 'UTC')) COMMENT 'when it ended, NULL while running and when lost',
    last_seen_at DateTime64(3, 'UTC') COMMENT 'its end, else the end of its latest round, else its start',
    latency_ms Nullable(UInt32) COMMENT 'how long it took, NULL while running and when lost',
    status LowCardinality(String) COMMENT 'success, failed, timeout, cancelled, running, or lost: silent for 15 minutes',
    agent LowCardinality(String) COMMENT 'who ran',
    provider LowCardinality(String) COMMENT 'of its latest round',
    model LowCardinality(String) COMMENT 'that answered its latest round',
    trigger LowCardinality(String) COMMENT 'user, system or task',
    user_id String COMMENT 'on whose behalf',
    session_id String COMMENT 'the conversation it belongs to',
    celery_task_id String COMMENT 'the task that ran it',
    celery_task_name LowCardinality(String) COMMENT 'the name of that task',
    celery_retries UInt32 COMMENT 'how often that task was tried before',
    external_id String COMMENT 'the caller''s own id of it',
    parent_run_id String COMMENT 'the run inside which it was started, empty when none',
    root_run_id String COMMENT 'the outermost run, itself when none',
    memory_enabled Bool COMMENT 'it had short-term memory',
    rounds UInt32 COMMENT 'LLM calls so far',
    tool_calls UInt32 COMMENT 'tool executions so far',
    input_tokens UInt64 COMMENT 'cached ones included',
    output_tokens UInt64 COMMENT 'reasoning included',
    cache_read_tokens UInt64 COMMENT 'input tokens read from a cache',
    cache_write_tokens UInt64 COMMENT 'input tokens written to a cache',
    cost_usd Nullable(Decimal(18, 9)) COMMENT 'of its priced rounds, NULL when none is, without the runs inside it',
    unpriced_rounds UInt32 COMMENT 'rounds that cost_usd does not include',
    error_type LowCardinality(String) COMMENT 'class of the exception that ended it',
    error_message String COMMENT 'its text',
    service LowCardinality(String) COMMENT 'service.name of the process',
    environment LowCardinality(String) COMMENT 'deployment.environment.name of the process',
    trace_id String COMMENT 'the trace it is in',
    span_id String COMMENT 'the run''s own span'
) AS
SELECT
    tenant,
    concat('run_', replaceAll(toString(runs.run_id), '-', '')) AS run_id,
    started_at,
    if(runs.status = 'running', NULL, last_seen_at) AS ended_at,
    last_seen_at,
    if(runs.status = 'running', NULL, runs.latency_ms) AS latency_ms,
    if(runs.status = 'running' AND last_seen_at < now() - toIntervalMinute(15), 'lost', runs.status) AS status,
    agent, provider, model, trigger, user_id, session_id, celery_task_id, celery_task_name, celery_retries,
    external_id,
    if(
        runs.parent_run_id = toUUID('00000000-0000-0000-0000-000000000000'), '',
        concat('run_', replaceAll(toString(runs.parent_run_id), '-', ''))) AS parent_run_id,
    concat('run_', replaceAll(toString(runs.root_run_id), '-', '')) AS root_run_id,
    memory_enabled, rounds, tool_calls, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd,
    unpriced_rounds, error_type, error_message, service, environment, trace_id, span_id
FROM runs FINAL
SETTINGS use_skip_indexes_if_final_exact_mode = 0
