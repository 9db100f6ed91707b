-- Which runs were there, how did each end, and what did it cost?
-- One row a run: that with the highest version. Announcement 0 < after round n: 2n < the run's own span 4294967295.
-- A correction (see reprice.py) has the next number after what it corrects, so that later news wins over it.
-- Every round carries the run's totals so far, so a run whose process died is right without a join.
CREATE TABLE IF NOT EXISTS runs
(
    tenant LowCardinality(String),
    started_at DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    run_id UUID CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1)),
    is_foreign Bool,  -- made from spans of another library, see 0034
    deleted UInt8 CODEC(ZSTD(1)),  -- 1 takes back a stand-in for a run whose own span came late
    last_seen_at DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    latency_ms UInt32 CODEC(T64, ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    parent_run_id UUID CODEC(ZSTD(1)),
    root_run_id UUID CODEC(ZSTD(1)),
    external_id String CODEC(ZSTD(1)),
    service LowCardinality(String),
    environment LowCardinality(String),
    agent LowCardinality(String),
    provider LowCardinality(String),
    model LowCardinality(String),
    trigger LowCardinality(String),
    user_id String CODEC(ZSTD(1)),
    session_id String CODEC(ZSTD(1)),
    celery_task_id String CODEC(ZSTD(1)),
    celery_task_name LowCardinality(String),
    celery_retries UInt32 CODEC(T64, ZSTD(1)),
    memory_enabled Bool,
    status LowCardinality(String),  -- running until the run's own span arrives
    error_type LowCardinality(String),
    error_message String CODEC(ZSTD(1)),
    rounds UInt32 CODEC(T64, ZSTD(1)),
    tool_calls UInt32 CODEC(T64, ZSTD(1)),
    input_tokens UInt64 CODEC(T64, ZSTD(1)),
    output_tokens UInt64 CODEC(T64, ZSTD(1)),
    cache_read_tokens UInt64 CODEC(T64, ZSTD(1)),
    cache_write_tokens UInt64 CODEC(T64, ZSTD(1)),
    cost_usd Nullable(Decimal(18, 9)) CODEC(ZSTD(1)),
    unpriced_rounds UInt32 CODEC(ZSTD(1)),
    repriced_rounds UInt32 CODEC(ZSTD(1)),  -- how many got a price later
    repriced_usd Decimal(18, 9) CODEC(ZSTD(1)),  -- which part of cost_usd is theirs
    retention_days UInt16 DEFAULT 365 CODEC(ZSTD(1)),
    ingested_at DateTime('UTC') DEFAULT now() CODEC(Delta(4), ZSTD(1)),
    -- On the text form, because the views show ids as text: a filter on a view's run_id is this very expression.
    INDEX by_run concat('run_', replaceAll(toString(run_id), '-', '')) TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_root_run concat('run_', replaceAll(toString(root_run_id), '-', ''))
        TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_trace trace_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_session session_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_celery_task celery_task_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_external_id external_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_origin is_foreign TYPE minmax GRANULARITY 1,
    INDEX by_ingestion ingested_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, deleted)
PARTITION BY toMonday(started_at)
ORDER BY (tenant, started_at DESC, run_id)
-- From the day a row came in, if that is later: rows older than their time to live vanish while they are inserted.
TTL toMonday(greatest(started_at, ingested_at)) + toIntervalDay(7 + retention_days)
SETTINGS min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1,
    non_replicated_deduplication_window = 1000
