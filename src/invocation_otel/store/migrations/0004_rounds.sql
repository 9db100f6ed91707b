-- Which LLM calls did a run make, what did each cost, and which contents did it send and get?
-- A round knows its run's start from the run's id, so it lies beside the others without having seen the run.
CREATE TABLE IF NOT EXISTS rounds
(
    tenant LowCardinality(String),
    run_started_at DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    run_id UUID CODEC(ZSTD(1)),
    started_at DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1)),  -- 0 as it came, else when it was corrected
    deleted UInt8 CODEC(ZSTD(1)),  -- 1 takes it back: another span tells of the same call
    is_foreign Bool,  -- another library's
    parent_span_id String CODEC(ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    round UInt32 CODEC(T64, ZSTD(1)),
    service LowCardinality(String),
    environment LowCardinality(String),
    agent LowCardinality(String),
    provider LowCardinality(String),
    model LowCardinality(String),
    request_model LowCardinality(String),
    trigger LowCardinality(String),
    user_id String CODEC(ZSTD(1)),
    session_id String CODEC(ZSTD(1)),
    celery_task_id String CODEC(ZSTD(1)),
    memory_enabled Bool,
    memory_messages UInt32 CODEC(T64, ZSTD(1)),
    memory_dropped UInt32 CODEC(T64, ZSTD(1)),
    status LowCardinality(String),
    stop_reason LowCardinality(String),
    error_type LowCardinality(String),
    error_message String CODEC(ZSTD(1)),
    response_id String CODEC(ZSTD(1)),
    input_tokens UInt64 CODEC(T64, ZSTD(1)),
    output_tokens UInt64 CODEC(T64, ZSTD(1)),
    cache_read_tokens UInt64 CODEC(T64, ZSTD(1)),
    cache_write_tokens UInt64 CODEC(T64, ZSTD(1)),
    reasoning_tokens UInt64 CODEC(T64, ZSTD(1)),
    usage_valid Bool,
    cost_usd Nullable(Decimal(18, 9)) CODEC(ZSTD(1)),
    cost_input_usd Nullable(Decimal(18, 9)) CODEC(ZSTD(1)),
    cost_output_usd Nullable(Decimal(18, 9)) CODEC(ZSTD(1)),
    cost_cache_read_usd Nullable(Decimal(18, 9)) CODEC(ZSTD(1)),
    cost_cache_write_usd Nullable(Decimal(18, 9)) CODEC(ZSTD(1)),
    cost_source Enum8('unpriced' = 0, 'estimated' = 1, 'computed' = 2, 'provider' = 3),
    price_version LowCardinality(String),
    -- What only its price depends on, by the attributes' names: tier, host, tokens of other kinds.
    price_facts Map(LowCardinality(String), LowCardinality(String)) CODEC(ZSTD(1)),
    latency_ms UInt32 CODEC(T64, ZSTD(1)),
    time_to_first_token_ms Nullable(UInt32) CODEC(ZSTD(1)),
    system_prompt_name LowCardinality(String),
    system_prompt_version LowCardinality(String),
    user_prompt_name LowCardinality(String),
    user_prompt_version LowCardinality(String),
    request_params String CODEC(ZSTD(1)),
    scope UInt64 CODEC(ZSTD(1)),
    system_hash FixedString(16) CODEC(ZSTD(1)),
    tools_hash FixedString(16) CODEC(ZSTD(1)),
    variables_hash FixedString(16) CODEC(ZSTD(1)),
    input_hashes Array(FixedString(16)) CODEC(ZSTD(3)),
    output_hashes Array(FixedString(16)) CODEC(ZSTD(1)),
    retention_days UInt16 DEFAULT 365 CODEC(ZSTD(1)),
    ingested_at DateTime('UTC') DEFAULT now() CODEC(Delta(4), ZSTD(1)),
    INDEX by_run concat('run_', replaceAll(toString(run_id), '-', '')) TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX by_origin is_foreign TYPE minmax GRANULARITY 1,
    -- Coarse, because each of its marks is looked at when a question is planned.
    INDEX by_start started_at TYPE minmax GRANULARITY 8,
    INDEX by_ingestion ingested_at TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, deleted)
PARTITION BY toMonday(run_started_at)
ORDER BY (tenant, run_started_at DESC, run_id, started_at, span_id)
TTL toMonday(greatest(run_started_at, ingested_at)) + toIntervalDay(7 + retention_days)
SETTINGS min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1,
    non_replicated_deduplication_window = 1000
