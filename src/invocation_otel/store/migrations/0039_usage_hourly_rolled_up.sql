-- Every minute the hours with news are worked out again, as a whole, and replace what was there: a sum that only grows
-- would count twice what comes twice. Groups that are gone are written as nothing.
-- Ten minutes of rows are looked at again, for they may have been on their way into the table.
CREATE MATERIALIZED VIEW IF NOT EXISTS usage_hourly_rolled_up REFRESH EVERY 1 MINUTE APPEND TO usage_hourly AS
WITH
    (
        SELECT greatest(max(computed_at), toDateTime64('1970-01-02', 3, 'UTC')) - toIntervalMinute(10) FROM usage_hourly
    ) AS since,
    -- As a value, because the engine would look for it again wherever it is named.
    (
        SELECT groupArray((tenant, hour))
        FROM
        (
            SELECT tenant, toStartOfHour(rounds.started_at) AS hour FROM rounds WHERE ingested_at >= since
            UNION DISTINCT
            SELECT tenant, hour FROM erasures WHERE ingested_at >= since
        )
    ) AS news,
    arrayMin(news.2) AS first_hour
SELECT
    tenant, hour, agent, provider, model,
    countIf(is_round) AS rounds,
    sum(of_input_tokens) AS input_tokens,
    sum(of_output_tokens) AS output_tokens,
    sum(of_cache_read_tokens) AS cache_read_tokens,
    sum(of_cache_write_tokens) AS cache_write_tokens,
    sum(of_cost) AS cost_usd,
    countIf(is_unpriced) AS unpriced_rounds,
    now64(3, 'UTC') AS computed_at
FROM
(
    SELECT
        tenant, toStartOfHour(rounds.started_at) AS hour, agent, provider, model,
        run_id AS run, true AS is_round,
        rounds.input_tokens AS of_input_tokens, rounds.output_tokens AS of_output_tokens,
        rounds.cache_read_tokens AS of_cache_read_tokens, rounds.cache_write_tokens AS of_cache_write_tokens,
        CAST(rounds.cost_usd, 'Nullable(Decimal(38, 9))') AS of_cost,
        rounds.cost_usd IS NULL
            AND (rounds.status = 'success' OR rounds.input_tokens + rounds.output_tokens > 0) AS is_unpriced
    FROM rounds FINAL
    WHERE rounds.started_at >= toDateTime(first_hour, 'UTC')
        AND (tenant, toStartOfHour(rounds.started_at)) IN (SELECT arrayJoin(news))
    UNION ALL
    SELECT tenant, hour, agent, provider, model,
        toUUID('00000000-0000-0000-0000-000000000000'), false, 0, 0, 0, 0, NULL, false
    FROM usage_hourly FINAL
    WHERE hour >= first_hour AND (tenant, hour) IN (SELECT arrayJoin(news))
)
GROUP BY tenant, hour, agent, provider, model
