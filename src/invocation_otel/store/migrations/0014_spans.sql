-- How does a trace look? A thin copy of every span, whoever made it, under the exporter's names and without long texts.
-- Parted by the day it came in: that is one partition for each insert, whatever the spans say about the time.
CREATE TABLE IF NOT EXISTS spans
(
    tenant LowCardinality(String),
    Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    ParentSpanId String CODEC(ZSTD(1)),
    SpanName LowCardinality(String),
    SpanKind LowCardinality(String),
    ServiceName LowCardinality(String),
    ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    process_id LowCardinality(String) MATERIALIZED toValidUTF8(ResourceAttributes['invocation.process.id']),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    SpanAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    Duration UInt64 CODEC(T64, ZSTD(1)),
    StatusCode LowCardinality(String),
    StatusMessage String CODEC(ZSTD(1)),
    Events Nested (
        Timestamp DateTime64(9), Name LowCardinality(String), Attributes Map(LowCardinality(String), String)),
    Links Nested (TraceId String, SpanId String, TraceState String, Attributes Map(LowCardinality(String), String)),
    ingested_at DateTime('UTC') DEFAULT now() CODEC(Delta(4), ZSTD(1))
)
ENGINE = ReplacingMergeTree
PARTITION BY toDate(ingested_at)
ORDER BY (tenant, TraceId, Timestamp, SpanId)
TTL toDate(ingested_at) + toIntervalDay(15)
SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000
