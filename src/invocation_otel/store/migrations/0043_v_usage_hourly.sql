-- How much was used in each hour, by which agent and model?
-- Hours with rounds that the rollup may not have seen yet are added up from the rounds themselves.
CREATE VIEW IF NOT EXISTS v_usage_hourly
(
    tenant LowCardinality(String) COMMENT 'whose runs',
    hour DateTime('UTC') COMMENT 'in which the rounds began',
    agent LowCardinality(String) COMMENT 'who ran',
    provider LowCardinality(String) COMMENT 'who was asked',
    model LowCardinality(String) COMMENT 'that answered',
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
    ) AS news
SELECT
    tenant, hour, agent, provider, model, rounds, input_tokens, output_tokens, cache_read_tokens,
    cache_write_tokens, cost_usd, unpriced_rounds
FROM usage_hourly FINAL
WHERE rounds > 0 AND (tenant, hour) NOT IN (SELECT arrayJoin(news))
UNION ALL
SELECT
    tenant, toStartOfHour(rounds.started_at) AS hour, agent, provider, model,
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
WHERE rounds.started_at >= arrayMin(news.2)
    AND (tenant, toStartOfHour(rounds.started_at)) IN (SELECT arrayJoin(news))
GROUP BY tenant, hour, agent, provider, model
SETTINGS use_skip_indexes_if_final_exact_mode = 0
