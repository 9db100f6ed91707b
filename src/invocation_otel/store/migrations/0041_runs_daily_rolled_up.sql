-- Every minute the days with news are worked out again, as a whole, and replace what was there: a sum that only grows
-- would count twice what comes twice. Groups that are gone are written as nothing.
-- Ten minutes of rows are looked at again, for they may have been on their way into the table.
CREATE MATERIALIZED VIEW IF NOT EXISTS runs_daily_rolled_up REFRESH EVERY 1 MINUTE APPEND TO runs_daily AS
WITH
    (
        SELECT greatest(max(computed_at), toDateTime64('1970-01-02', 3, 'UTC')) - toIntervalMinute(10) FROM runs_daily
    ) AS since,
    -- As a value, because the engine would look for it again wherever it is named.
    (
        SELECT groupArray((tenant, day))
        FROM
        (
            SELECT tenant, toDate(runs.started_at) AS day FROM runs WHERE ingested_at >= since
            UNION DISTINCT
            SELECT tenant, toDate(hour) AS day FROM erasures WHERE ingested_at >= since
        )
    ) AS news,
    arrayMin(news.2) AS first_day
SELECT
    tenant, day, agent, provider, model, trigger, status, error_type, memory_enabled, service, environment,
    countIf(is_run) AS runs,
    sum(of_rounds) AS rounds,
    sum(of_tool_calls) AS tool_calls,
    sum(of_input_tokens) AS input_tokens,
    sum(of_output_tokens) AS output_tokens,
    sum(of_cost) AS cost_usd,
    sum(of_unpriced) AS unpriced_rounds,
    sum(of_latency) AS latency_ms,
    now64(3, 'UTC') AS computed_at
FROM
(
    SELECT
        tenant, toDate(runs.started_at) AS day, agent, provider, model, trigger, status, error_type, memory_enabled,
        service, environment,
        true AS is_run, toUInt64(runs.rounds) AS of_rounds, toUInt64(runs.tool_calls) AS of_tool_calls,
        runs.input_tokens AS of_input_tokens, runs.output_tokens AS of_output_tokens,
        CAST(runs.cost_usd, 'Nullable(Decimal(38, 9))') AS of_cost, toUInt64(runs.unpriced_rounds) AS of_unpriced,
        toUInt64(if(runs.status = 'running', 0, runs.latency_ms)) AS of_latency
    FROM runs FINAL
    WHERE runs.started_at >= toDateTime(first_day, 'UTC')
        AND (tenant, toDate(runs.started_at)) IN (SELECT arrayJoin(news))
    UNION ALL
    SELECT tenant, day, agent, provider, model, trigger, status, error_type, memory_enabled, service, environment,
        false, 0, 0, 0, 0, NULL, 0, 0
    FROM runs_daily FINAL
    WHERE day >= first_day AND (tenant, day) IN (SELECT arrayJoin(news))
)
GROUP BY tenant, day, agent, provider, model, trigger, status, error_type, memory_enabled, service, environment
