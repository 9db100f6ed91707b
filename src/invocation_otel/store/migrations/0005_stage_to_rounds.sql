CREATE MATERIALIZED VIEW IF NOT EXISTS stage_to_rounds TO rounds AS
SELECT
    tenant, run_started_at, run_id, started_at, span_id, is_foreign, parent_span_id, trace_id, round, service,
    environment, agent, provider, model, request_model, trigger, user_id, session_id, celery_task_id, memory_enabled,
    memory_messages, memory_dropped, status, stop_reason, error_type, error_message, response_id, input_tokens,
    output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, usage_valid, cost_usd, cost_input_usd,
    cost_output_usd, cost_cache_read_usd, cost_cache_write_usd, cost_source, price_version, price_facts, latency_ms,
    time_to_first_token_ms, system_prompt_name, system_prompt_version, user_prompt_name, user_prompt_version,
    request_params, scope, system_hash, tools_hash, variables_hash, input_hashes, output_hashes
FROM stage
WHERE kind = 'round'
