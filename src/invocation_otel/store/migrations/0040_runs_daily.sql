-- How many runs of each kind began on each day (UTC), and what did they use?
-- See 0041 for how it stays exact. `v_runs_daily` adds what is too new to be in it.
CREATE TABLE IF NOT EXISTS runs_daily
(
    tenant LowCardinality(String),
    day Date CODEC(Delta(2), ZSTD(1)),
    agent LowCardinality(String),
    provider LowCardinality(String),
    model LowCardinality(String),
    trigger LowCardinality(String),
    status LowCardinality(String),
    error_type LowCardinality(String),
    memory_enabled Bool,
    service LowCardinality(String),
    environment LowCardinality(String),
    runs UInt64 CODEC(T64, ZSTD(1)),
    rounds UInt64 CODEC(T64, ZSTD(1)),
    tool_calls UInt64 CODEC(T64, ZSTD(1)),
    input_tokens UInt64 CODEC(T64, ZSTD(1)),
    output_tokens UInt64 CODEC(T64, ZSTD(1)),
    cost_usd Nullable(Decimal(38, 9)) CODEC(ZSTD(1)),
    unpriced_rounds UInt64 CODEC(T64, ZSTD(1)),
    latency_ms UInt64 CODEC(T64, ZSTD(1)),  -- of all of them together
    retention_days UInt16 DEFAULT 365 CODEC(ZSTD(1)),
    computed_at DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    -- Asked for by every question that reads this table.
    PROJECTION latest (SELECT max(computed_at))
)
ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(day)
ORDER BY (tenant, day, agent, provider, model, trigger, status, error_type, memory_enabled, service, environment)
-- As long as the rows that it adds up.
TTL toMonday(greatest(day, toDate(computed_at))) + toIntervalDay(7 + retention_days)
SETTINGS min_age_to_force_merge_seconds = 900, min_age_to_force_merge_on_partition_only = 1,
    deduplicate_merge_projection_mode = 'rebuild'
