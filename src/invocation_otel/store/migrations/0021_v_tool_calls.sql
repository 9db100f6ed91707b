-- Which tools were executed, with what, and what came back? One row a tool call.
-- A filter on tenant and run_started_at reaches the table's key, one on run_id or started_at its index (the setting:
-- see 0019).
CREATE VIEW IF NOT EXISTS v_tool_calls
(
    tenant LowCardinality(String) COMMENT 'whose run it is',
    run_id String COMMENT 'run_ and 32 hex digits',
    run_started_at DateTime64(3, 'UTC') COMMENT 'when its run began',
    round UInt32 COMMENT 'the round that asked for it, 0 when none did',
    started_at DateTime64(3, 'UTC') COMMENT 'when the tool was called',
    ended_at DateTime64(3, 'UTC') COMMENT 'when it returned',
    latency_ms UInt32 COMMENT 'how long it took',
    status LowCardinality(String) COMMENT 'success, failed, timeout or cancelled',
    tool LowCardinality(String) COMMENT 'name of the tool',
    tool_call_id String COMMENT 'the id under which the model asked for it',
    tool_type LowCardinality(String) COMMENT 'function, extension or datastore',
    arguments String COMMENT 'JSON, empty when not recorded or no longer kept',
    result String COMMENT 'JSON, empty when not recorded or no longer kept',
    error_type LowCardinality(String) COMMENT 'class of the exception',
    error_message String COMMENT 'its text',
    agent LowCardinality(String) COMMENT 'who ran',
    trigger LowCardinality(String) COMMENT 'user, system or task',
    user_id String COMMENT 'on whose behalf',
    session_id String COMMENT 'the conversation its run belongs to',
    celery_task_id String COMMENT 'the task that ran it',
    service LowCardinality(String) COMMENT 'service.name of the process',
    environment LowCardinality(String) COMMENT 'deployment.environment.name of the process',
    trace_id String COMMENT 'the trace it is in',
    span_id String COMMENT 'the tool call''s own span'
) AS
SELECT
    tenant,
    concat('run_', replaceAll(toString(tool_calls.run_id), '-', '')) AS run_id,
    run_started_at, round, started_at,
    started_at + toIntervalMillisecond(latency_ms) AS ended_at,
    latency_ms, status, tool, tool_call_id, tool_type, arguments, result, error_type, error_message, agent, trigger,
    user_id, session_id, celery_task_id, service, environment, trace_id, span_id
FROM tool_calls FINAL
SETTINGS use_skip_indexes_if_final_exact_mode = 0
