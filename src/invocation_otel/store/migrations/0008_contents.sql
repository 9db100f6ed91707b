-- What did the model see and say, and which runs mention a word?
-- Every message, system prompt, tool definition and set of variables, once for each tenant, day and scope. The scope is
-- the session, else the trace, so that a conversation lies together. 0 is the tenant, for what all its runs share.
-- The hash is SHA-256, cut to 16 bytes: anybody can make it again, and nobody makes two texts with the same one.
CREATE TABLE IF NOT EXISTS contents
(
    tenant LowCardinality(String),
    day Date,  -- of the run's start
    scope UInt64 CODEC(ZSTD(1)),
    hash FixedString(16) CODEC(ZSTD(1)),
    kind LowCardinality(String),  -- message, system, tools, variables
    role LowCardinality(String),
    body String CODEC(ZSTD(3)),
    bytes UInt32 MATERIALIZED length(body) CODEC(T64, ZSTD(1)),
    run_id UUID CODEC(ZSTD(1)),  -- the first run of the day that had it
    run_started_at DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1)),  -- the earlier, the higher
    retention_days UInt16 DEFAULT 90 CODEC(ZSTD(1)),
    ingested_at DateTime('UTC') DEFAULT now() CODEC(Delta(4), ZSTD(1)),
    -- JSON's \n and its like would glue words together.
    INDEX by_word body TYPE text(
        tokenizer = splitByNonAlpha, preprocessor = lower(replaceRegexpAll(body, '\\\\[ntrbf]', ' ')))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toMonday(day)
ORDER BY (tenant, day, scope, hash)
TTL toMonday(greatest(day, toDate(ingested_at))) + toIntervalDay(7 + retention_days)
SETTINGS index_granularity = 1024, index_granularity_bytes = 1048576, min_age_to_force_merge_seconds = 3600,
    min_age_to_force_merge_on_partition_only = 1, non_replicated_deduplication_window = 1000
