-- How many runs of each kind began on each day?
-- Days with runs that the rollup may not have seen yet are added up from the runs themselves.
CREATE VIEW IF NOT EXISTS v_runs_daily
(
    tenant LowCardinality(String) COMMENT 'whose runs',
    day Date COMMENT 'on which they began (UTC)',
    agent LowCardinality(String) COMMENT 'who ran',
    provider LowCardinality(String) COMMENT 'of the latest round',
    model LowCardinality(String) COMMENT 'that answered the latest round',
    trigger LowCardinality(String) COMMENT 'user, system or task',
    status LowCardinality(String) COMMENT 'success, failed, timeout, cancelled, or running, lost ones included',
    error_type LowCardinality(String) COMMENT 'class of the exception that ended them',
    memory_enabled Bool COMMENT 'they had short-term memory',
    service LowCardinality(String) COMMENT 'service.name of the process',
    environment LowCardinality(String) COMMENT 'deployment.environment.name of the process',
    runs UInt64 COMMENT 'how many',
    rounds UInt64 COMMENT 'their LLM calls',
    tool_calls UInt64 COMMENT 'their tool executions',
    input_tokens UInt64 COMMENT 'cached ones included',
    output_tokens UInt64 COMMENT 'reasoning included',
    cost_usd Nullable(Decimal(38, 9)) COMMENT 'of their priced rounds, NULL when none has a price',
    unpriced_rounds UInt64 COMMENT 'rounds that cost_usd does not include',
    latency_ms UInt64 COMMENT 'of all of them together, running ones left out'
) AS
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
    ) AS news
SELECT
    tenant, day, agent, provider, model, trigger, status, error_type, memory_enabled, service, environment, runs,
    rounds, tool_calls, input_tokens, output_tokens, cost_usd, unpriced_rounds, latency_ms
FROM runs_daily FINAL
WHERE runs > 0 AND (tenant, day) NOT IN (SELECT arrayJoin(news))
UNION ALL
SELECT
    tenant, toDate(runs.started_at) AS day, agent, provider, model, trigger, status, error_type, memory_enabled,
    service, environment,
    count() AS runs,
    sum(runs.rounds) AS rounds,
    sum(runs.tool_calls) AS tool_calls,
    sum(runs.input_tokens) AS input_tokens,
    sum(runs.output_tokens) AS output_tokens,
    CAST(sum(runs.cost_usd), 'Nullable(Decimal(38, 9))') AS cost_usd,
    sum(runs.unpriced_rounds) AS unpriced_rounds,
    sumIf(runs.latency_ms, runs.status != 'running') AS latency_ms
FROM runs FINAL
WHERE runs.started_at >= toDateTime(arrayMin(news.2), 'UTC')
    AND (tenant, toDate(runs.started_at)) IN (SELECT arrayJoin(news))
GROUP BY tenant, day, agent, provider, model, trigger, status, error_type, memory_enabled, service, environment
SETTINGS use_skip_indexes_if_final_exact_mode = 0
