CREATE MATERIALIZED VIEW IF NOT EXISTS stage_to_tool_calls TO tool_calls AS
SELECT
    tenant, run_started_at, run_id, started_at, span_id, parent_span_id, trace_id, round, service, environment, agent,
    trigger, user_id, session_id, celery_task_id, tool, tool_call_id, tool_type, status, error_type, error_message,
    latency_ms, arguments, result
FROM stage
WHERE kind = 'tool_call'
