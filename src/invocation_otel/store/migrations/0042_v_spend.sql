-- What was spent on behalf of each user? One row for each tenant, day and user. Agents and models: v_usage_hourly.
-- Days with rounds that the rollup may not have seen yet are added up from the rounds themselves.
CREATE VIEW IF NOT EXISTS v_spend
(
    tenant LowCardinality(String) COMMENT 'who pays',
    day Date COMMENT 'on which the rounds began (UTC)',
    user_id String COMMENT 'on whose behalf',
    runs UInt64 COMMENT 'runs with a round on that day. One that goes on over midnight counts on both',
    rounds UInt64 COMMENT 'LLM calls',
    input_tokens UInt64 COMMENT 'cached ones included',
    output_tokens UInt64 COMMENT 'reasoning included',
    cache_read_tokens UInt64 COMMENT 'input tokens read from a cache',
    cache_write_tokens UInt64 COMMENT 'input tokens written to a cache',
    cost_usd Nullable(Decimal(38, 9)) COMMENT 'of the priced rounds, NULL when none has a price',
    unpriced_rounds UInt64 COMMENT 'rounds that cost something which cost_usd does not include'
) AS
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
    ) AS news
SELECT
    tenant, day, user_id, runs, rounds, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd,
    unpriced_rounds
FROM usage_daily_user FINAL
WHERE rounds > 0 AND (tenant, day) NOT IN (SELECT arrayJoin(news))
UNION ALL
SELECT
    tenant, toDate(rounds.started_at) AS day, user_id,
    uniqExact(run_id) AS runs,
    count() AS rounds,
    sum(rounds.input_tokens) AS input_tokens,
    sum(rounds.output_tokens) AS output_tokens,
    sum(rounds.cache_read_tokens) AS cache_read_tokens,
    sum(rounds.cache_write_tokens) AS cache_write_tokens,
    CAST(sum(rounds.cost_usd), 'Nullable(Decimal(38, 9))') AS cost_usd,
    -- A call that failed before it used any tokens cost nothing.
    countIf(
        rounds.cost_usd IS NULL
        AND (rounds.status = 'success' OR rounds.input_tokens + rounds.output_tokens > 0)) AS unpriced_rounds
FROM rounds FINAL
WHERE rounds.started_at >= toDateTime(arrayMin(news.2), 'UTC')
    AND (tenant, toDate(rounds.started_at)) IN (SELECT arrayJoin(news))
GROUP BY tenant, day, user_id
SETTINGS use_skip_indexes_if_final_exact_mode = 0
