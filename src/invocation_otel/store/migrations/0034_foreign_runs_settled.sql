-- What did the runs of other libraries use? Their spans say nothing about the run as a whole, so every minute the
-- totals of those with news are added up from their rounds. Only what changes is written.
-- The run's own span is the parent of its rounds, whatever kind of span that is. Until it comes, a stand-in shows the
-- run as running. When it comes, the stand-in is taken back, for it lies at another time.
-- The version of a stand-in, the second in which it was made, lies below that of the run's own span. All others lie
-- above it, and the latest wins.
CREATE MATERIALIZED VIEW IF NOT EXISTS foreign_runs_settled REFRESH EVERY 1 MINUTE
    DEPENDS ON foreign_rounds_settled APPEND TO runs AS
WITH
    -- Ten minutes of rows are looked at again: they may have been on their way into the table.
    (
        SELECT greatest(max(ingested_at), toDateTime('1970-01-02', 'UTC')) - toIntervalMinute(10)
        FROM runs
        WHERE is_foreign AND version > 4294967295
    ) AS since,
    concerned AS
    (
        SELECT tenant, run_id FROM rounds WHERE is_foreign AND ingested_at >= since
        UNION DISTINCT
        SELECT tenant, run_id FROM runs WHERE is_foreign AND ingested_at >= since
        UNION DISTINCT
        -- These wait for their own span, as long as it would be found.
        SELECT tenant, run_id FROM runs FINAL
        WHERE is_foreign AND status = 'running' AND started_at >= now() - toIntervalDay(15)
    ),
    ids AS (SELECT concat('run_', replaceAll(toString(run_id), '-', '')) FROM concerned),
    known AS
    (
        SELECT * FROM runs FINAL
        WHERE is_foreign AND concat('run_', replaceAll(toString(run_id), '-', '')) IN ids
            AND (tenant, run_id) IN concerned
    ),
    added_up AS
    (
        SELECT
            tenant, run_id,
            any(trace_id) AS trace,
            any(if(parent_span_id = '', span_id, parent_span_id)) AS own_span,
            min(rounds.started_at) AS first_started_at,
            max(rounds.started_at + toIntervalMillisecond(rounds.latency_ms)) AS last_ended_at,
            count() AS n,
            sum(rounds.input_tokens) AS sum_input,
            sum(rounds.output_tokens) AS sum_output,
            sum(rounds.cache_read_tokens) AS sum_read,
            sum(rounds.cache_write_tokens) AS sum_write,
            sum(rounds.cost_usd) AS sum_cost,
            countIf(
                rounds.cost_usd IS NULL
                AND (rounds.status = 'success' OR rounds.input_tokens + rounds.output_tokens > 0)) AS n_unpriced,
            argMax(rounds.provider, (rounds.started_at, span_id)) AS last_provider,
            argMax(rounds.model, (rounds.started_at, span_id)) AS last_model,
            max(rounds.agent) AS said_agent, max(rounds.user_id) AS said_user, max(rounds.session_id) AS said_session,
            max(rounds.trigger) AS said_trigger, max(rounds.service) AS said_service,
            max(rounds.environment) AS said_environment, max(rounds.retention_days) AS said_retention
        FROM rounds FINAL
        WHERE is_foreign AND concat('run_', replaceAll(toString(run_id), '-', '')) IN ids
            AND (tenant, run_id) IN concerned
        GROUP BY tenant, run_id
    ),
    tools AS
    (
        SELECT tenant, run_id, count() AS n_tools FROM tool_calls FINAL
        WHERE concat('run_', replaceAll(toString(run_id), '-', '')) IN ids
        GROUP BY tenant, run_id
    ),
    own AS
    (
        SELECT
            tenant, TraceId, SpanId,
            any(toDateTime64(Timestamp, 3, 'UTC')) AS began_at,
            any(toUInt32(least(intDiv(Duration, 1000000), 4294967295))) AS took_ms,
            any(if(StatusCode = 'Error', 'failed', 'success')) AS end_status,
            any(substringUTF8(toValidUTF8(StatusMessage), 1, 2048)) AS end_message
        FROM spans
        WHERE (tenant, TraceId) IN (SELECT tenant, trace FROM added_up)
            AND (tenant, TraceId, SpanId) IN (SELECT tenant, trace, own_span FROM added_up)
            -- An agent's has a row in runs already, or will have in a moment.
            AND SpanAttributes['gen_ai.operation.name']
                NOT IN ('invoke_agent', 'invoke_workflow', 'handle_conversation_turn')
            AND SpanAttributes['openinference.span.kind'] != 'AGENT'
            AND SpanAttributes['traceloop.span.kind'] NOT IN ('agent', 'workflow')
            AND Timestamp > now() - toIntervalWeek(95) AND Timestamp < now() + toIntervalDay(2)
        GROUP BY tenant, TraceId, SpanId
    ),
    -- The row of the run's own span, or what an earlier settling made of it.
    ended AS (SELECT * FROM known WHERE status != 'running'),
    right AS
    (
        SELECT
            a.tenant AS tenant,
            multiIf(e.latest, e.started_at, o.latest, o.began_at, a.first_started_at) AS started_at,
            a.run_id AS run_id,
            multiIf(
                e.latest, e.last_seen_at, o.latest, o.began_at + toIntervalMillisecond(o.took_ms),
                a.last_ended_at) AS last_seen_at,
            multiIf(
                e.latest, e.latency_ms, o.latest, o.took_ms,
                toUInt32(least(greatest(dateDiff('millisecond', a.first_started_at, a.last_ended_at), 0), 4294967295))
            ) AS latency_ms,
            a.trace AS trace_id,
            a.own_span AS span_id,
            if(e.agent != '', e.agent, a.said_agent) AS agent,
            if(e.service != '', e.service, a.said_service) AS service,
            if(e.environment != '', e.environment, a.said_environment) AS environment,
            a.last_provider AS provider, a.last_model AS model,
            if(e.trigger != '', e.trigger, a.said_trigger) AS trigger,
            if(e.user_id != '', e.user_id, a.said_user) AS user_id,
            if(e.session_id != '', e.session_id, a.said_session) AS session_id,
            multiIf(e.latest, e.status, o.latest, o.end_status, 'running') AS status,
            e.error_type AS error_type,
            if(e.latest, e.error_message, o.end_message) AS error_message,
            toUInt32(a.n) AS rounds, toUInt32(t.n_tools) AS tool_calls,
            a.sum_input AS input_tokens, a.sum_output AS output_tokens, a.sum_read AS cache_read_tokens,
            a.sum_write AS cache_write_tokens,
            CAST(a.sum_cost, 'Nullable(Decimal(18, 9))') AS cost_usd,
            toUInt32(a.n_unpriced) AS unpriced_rounds,
            a.said_retention AS retention_days
        FROM added_up AS a
        LEFT JOIN (SELECT *, true AS latest FROM ended) AS e ON e.tenant = a.tenant AND e.run_id = a.run_id
        LEFT JOIN (SELECT *, true AS latest FROM own) AS o
            ON o.tenant = a.tenant AND o.TraceId = a.trace AND o.SpanId = a.own_span
        LEFT JOIN tools AS t ON t.tenant = a.tenant AND t.run_id = a.run_id
    )
SELECT
    r.tenant AS tenant, r.started_at AS started_at, r.run_id AS run_id,
    greatest(
        if(
            r.status = 'running', toUInt64(toUnixTimestamp(now())),
            4294967296 + toUInt64(toUnixTimestamp64Milli(now64(3)))),
        k.version + 1) AS version,
    true AS is_foreign, toUInt8(0) AS deleted,
    r.last_seen_at AS last_seen_at, r.latency_ms AS latency_ms, r.trace_id AS trace_id, r.span_id AS span_id,
    r.run_id AS root_run_id, r.agent AS agent, r.service AS service, r.environment AS environment,
    r.provider AS provider, r.model AS model, r.trigger AS trigger, r.user_id AS user_id, r.session_id AS session_id,
    r.status AS status, r.error_type AS error_type, r.error_message AS error_message, r.rounds AS rounds,
    r.tool_calls AS tool_calls, r.input_tokens AS input_tokens, r.output_tokens AS output_tokens,
    r.cache_read_tokens AS cache_read_tokens, r.cache_write_tokens AS cache_write_tokens, r.cost_usd AS cost_usd,
    r.unpriced_rounds AS unpriced_rounds, r.retention_days AS retention_days
FROM right AS r
LEFT JOIN known AS k ON k.tenant = r.tenant AND k.run_id = r.run_id AND k.started_at = r.started_at
WHERE k.version = 0 OR k.status != r.status OR k.last_seen_at != r.last_seen_at OR k.rounds != r.rounds
    OR k.tool_calls != r.tool_calls OR k.input_tokens != r.input_tokens OR k.output_tokens != r.output_tokens
    OR k.cache_read_tokens != r.cache_read_tokens OR k.cache_write_tokens != r.cache_write_tokens
    OR k.unpriced_rounds != r.unpriced_rounds OR isDistinctFrom(k.cost_usd, r.cost_usd)
    OR k.agent != r.agent OR k.model != r.model
UNION ALL
SELECT
    k.tenant, k.started_at, k.run_id, k.version + 1, true, toUInt8(1), k.last_seen_at, k.latency_ms, k.trace_id,
    k.span_id, k.root_run_id, k.agent, k.service, k.environment, k.provider, k.model, k.trigger, k.user_id,
    k.session_id, k.status, k.error_type, k.error_message, k.rounds, k.tool_calls, k.input_tokens, k.output_tokens,
    k.cache_read_tokens, k.cache_write_tokens, k.cost_usd, k.unpriced_rounds, k.retention_days
FROM known AS k
LEFT ANTI JOIN right AS r ON k.tenant = r.tenant AND k.run_id = r.run_id AND k.started_at = r.started_at
-- With rounds once and none now, they were the calls inside a call, added up before 0033 took them back.
WHERE k.status = 'running' OR k.rounds > 0
SETTINGS use_skip_indexes_if_final_exact_mode = 0  -- as in 0033
