-- Which files was a run given?
CREATE TABLE IF NOT EXISTS files
(
    tenant LowCardinality(String),
    run_started_at DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    run_id UUID CODEC(ZSTD(1)),
    position UInt16 CODEC(T64, ZSTD(1)),
    name String CODEC(ZSTD(1)),
    media_type LowCardinality(String),
    bytes Nullable(UInt64) CODEC(ZSTD(1)),
    sha256 String CODEC(ZSTD(1)),
    source LowCardinality(String),
    uri String CODEC(ZSTD(1)),
    mirrored Bool,
    retention_days UInt16 DEFAULT 365 CODEC(ZSTD(1)),
    ingested_at DateTime('UTC') DEFAULT now() CODEC(Delta(4), ZSTD(1)),
    INDEX by_run concat('run_', replaceAll(toString(run_id), '-', '')) TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_sha256 sha256 TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toMonday(run_started_at)
ORDER BY (tenant, run_started_at DESC, run_id, position)
TTL toMonday(greatest(run_started_at, ingested_at)) + toIntervalDay(7 + retention_days)
SETTINGS min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1,
    non_replicated_deduplication_window = 1000
