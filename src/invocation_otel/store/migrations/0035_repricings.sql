-- Which rounds got a price only after they were stored, and which price list said so?
CREATE TABLE IF NOT EXISTS repricings
(
    tenant LowCardinality(String),
    run_started_at DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    run_id UUID CODEC(ZSTD(1)),
    started_at DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    cost_usd Decimal(18, 9) CODEC(ZSTD(1)),
    cost_input_usd Decimal(18, 9) CODEC(ZSTD(1)),
    cost_output_usd Decimal(18, 9) CODEC(ZSTD(1)),
    cost_cache_read_usd Decimal(18, 9) CODEC(ZSTD(1)),
    cost_cache_write_usd Decimal(18, 9) CODEC(ZSTD(1)),
    cost_source LowCardinality(String),
    price_version LowCardinality(String),
    retention_days UInt16 DEFAULT 365 CODEC(ZSTD(1)),
    ingested_at DateTime('UTC') DEFAULT now() CODEC(Delta(4), ZSTD(1)),
    INDEX by_start started_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toMonday(run_started_at)
ORDER BY (tenant, run_started_at DESC, run_id, started_at, span_id)
TTL toMonday(greatest(run_started_at, ingested_at)) + toIntervalDay(7 + retention_days)
SETTINGS min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1
