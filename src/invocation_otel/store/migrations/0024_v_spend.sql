-- What was spent, on whom and on what? One row for each tenant, day, agent, provider, model and user.
CREATE VIEW IF NOT EXISTS v_spend
(
    tenant LowCardinality(String) COMMENT 'who pays',
    day Date COMMENT 'on which the rounds began (UTC)',
    agent LowCardinality(String) COMMENT 'who ran',
    provider LowCardinality(String) COMMENT 'who was asked',
    model LowCardinality(String) COMMENT 'that answered',
    user_id String COMMENT 'on whose behalf',
    runs UInt64 COMMENT 'runs with such a round. A run counts in every row it has a round in: do not add these up',
    rounds UInt64 COMMENT 'LLM calls',
    input_tokens UInt64 COMMENT 'cached ones included',
    output_tokens UInt64 COMMENT 'reasoning included',
    cache_read_tokens UInt64 COMMENT 'input tokens read from a cache',
    cache_write_tokens UInt64 COMMENT 'input tokens written to a cache',
    cost_usd Nullable(Decimal(38, 9)) COMMENT 'of the priced rounds, NULL when none has a price',
    unpriced_rounds UInt64 COMMENT 'rounds that cost something which cost_usd does not include'
) AS
SELECT
    tenant, toDate(started_at) AS day, agent, provider, model, user_id,
    uniqExact(run_id) AS runs,
    count() AS rounds,
    sum(v_rounds.input_tokens) AS input_tokens,
    sum(v_rounds.output_tokens) AS output_tokens,
    sum(v_rounds.cache_read_tokens) AS cache_read_tokens,
    sum(v_rounds.cache_write_tokens) AS cache_write_tokens,
    sum(v_rounds.cost_usd) AS cost_usd,
    -- A call that failed before it used any tokens cost nothing.
    countIf(v_rounds.cost_usd IS NULL AND (v_rounds.status = 'success' OR v_rounds.input_tokens + v_rounds.output_tokens > 0))
        AS unpriced_rounds
FROM v_rounds
GROUP BY tenant, day, agent, provider, model, user_id
