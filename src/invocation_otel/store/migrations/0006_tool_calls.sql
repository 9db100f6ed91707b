-- Which tools did a run execute, with what, and what came back?
-- Arguments and results stay in the row and not in `contents`: every other column is read without them, no view needs
-- a join for them, and the messages of the rounds around it hold the same texts for search. They live less long.
CREATE TABLE IF NOT EXISTS tool_calls
(
    tenant LowCardinality(String),
    run_started_at DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    run_id UUID CODEC(ZSTD(1)),
    started_at DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    parent_span_id String CODEC(ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    round UInt32 CODEC(T64, ZSTD(1)),
    service LowCardinality(String),
    environment LowCardinality(String),
    agent LowCardinality(String),
    trigger LowCardinality(String),
    user_id String CODEC(ZSTD(1)),
    session_id String CODEC(ZSTD(1)),
    celery_task_id String CODEC(ZSTD(1)),
    tool LowCardinality(String),
    tool_call_id String CODEC(ZSTD(1)),
    tool_type LowCardinality(String),
    status LowCardinality(String),
    error_type LowCardinality(String),
    error_message String CODEC(ZSTD(1)),
    latency_ms UInt32 CODEC(T64, ZSTD(1)),
    arguments String CODEC(ZSTD(3))
        TTL toDate(greatest(run_started_at, ingested_at)) + toIntervalDay(1 + content_retention_days),
    result String CODEC(ZSTD(3))
        TTL toDate(greatest(run_started_at, ingested_at)) + toIntervalDay(1 + content_retention_days),
    retention_days UInt16 DEFAULT 365 CODEC(ZSTD(1)),
    content_retention_days UInt16 DEFAULT 90 CODEC(ZSTD(1)),
    ingested_at DateTime('UTC') DEFAULT now() CODEC(Delta(4), ZSTD(1)),
    INDEX by_run concat('run_', replaceAll(toString(run_id), '-', '')) TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_start started_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toMonday(run_started_at)
ORDER BY (tenant, run_started_at DESC, run_id, started_at, span_id)
TTL toMonday(greatest(run_started_at, ingested_at)) + toIntervalDay(7 + retention_days)
SETTINGS min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1,
    non_replicated_deduplication_window = 1000
