-- What did each user use on each day (UTC)?
-- See 0037 for how it stays exact. `v_spend` adds what is too new to be in it.
CREATE TABLE IF NOT EXISTS usage_daily_user
(
    tenant LowCardinality(String),
    day Date CODEC(Delta(2), ZSTD(1)),
    user_id String CODEC(ZSTD(1)),
    runs UInt64 CODEC(T64, ZSTD(1)),
    rounds UInt64 CODEC(T64, ZSTD(1)),
    input_tokens UInt64 CODEC(T64, ZSTD(1)),
    output_tokens UInt64 CODEC(T64, ZSTD(1)),
    cache_read_tokens UInt64 CODEC(T64, ZSTD(1)),
    cache_write_tokens UInt64 CODEC(T64, ZSTD(1)),
    cost_usd Nullable(Decimal(38, 9)) CODEC(ZSTD(1)),
    unpriced_rounds UInt64 CODEC(T64, ZSTD(1)),
    retention_days UInt16 DEFAULT 365 CODEC(ZSTD(1)),
    computed_at DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    -- Asked for by every question that reads this table.
    PROJECTION latest (SELECT max(computed_at))
)
ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(day)
ORDER BY (tenant, day, user_id)
-- As long as the rows that it adds up.
TTL toMonday(greatest(day, toDate(computed_at))) + toIntervalDay(7 + retention_days)
SETTINGS min_age_to_force_merge_seconds = 900, min_age_to_force_merge_on_partition_only = 1,
    deduplicate_merge_projection_mode = 'rebuild'
