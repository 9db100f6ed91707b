-- Every minute the days with news are worked out again, as a whole, and replace what was there: a sum that only grows
-- would count twice what comes twice. Groups that are gone are written as nothing.
-- Ten minutes of rows are looked at again, for they may have been on their way into the table.
CREATE MATERIALIZED VIEW IF NOT EXISTS usage_daily_user_rolled_up REFRESH EVERY 1 MINUTE APPEND TO usage_daily_user AS
WITH
    (
        SELECT greatest(max(computed_at), toDateTime64('1970-01-02', 3, 'UTC')) - toIntervalMinute(10)
        FROM usage_daily_user
    ) AS since,
    -- As a value, because the engine would look for it again wherever it is named.
    (
        SELECT groupArray((tenant, day))
        FROM
        (
            SELECT tenant, toDate(rounds.started_at) AS day FROM rounds WHERE ingested_at >= since
            UNION DISTINCT
            SELECT tenant, toDate(hour) AS day FROM erasures WHERE ingested_at >= since
        )
    ) AS news,
    arrayMin(news.2) AS first_day
SELECT
    tenant, day, user_id,
    uniqExactIf(run, is_round) AS runs,
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
        tenant, toDate(rounds.started_at) AS day, user_id,
        run_id AS run, true AS is_round,
        rounds.input_tokens AS of_input_tokens, rounds.output_tokens AS of_output_tokens,
        rounds.cache_read_tokens AS of_cache_read_tokens, rounds.cache_write_tokens AS of_cache_write_tokens,
        CAST(rounds.cost_usd, 'Nullable(Decimal(38, 9))') AS of_cost,
        rounds.cost_usd IS NULL
            AND (rounds.status = 'success' OR rounds.input_tokens + rounds.output_tokens > 0) AS is_unpriced
    FROM rounds FINAL
    WHERE rounds.started_at >= toDateTime(first_day, 'UTC')
        AND (tenant, toDate(rounds.started_at)) IN (SELECT arrayJoin(news))
    UNION ALL
    SELECT tenant, day, user_id,
        toUUID('00000000-0000-0000-0000-000000000000'), false, 0, 0, 0, 0, NULL, false
    FROM usage_daily_user FINAL
    WHERE day >= first_day AND (tenant, day) IN (SELECT arrayJoin(news))
)
GROUP BY tenant, day, user_id
