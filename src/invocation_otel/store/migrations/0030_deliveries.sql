-- How many spans does each process say that it produced, and what became of those that are not here?
-- The report with the most produced spans counts, the later of two that say the same: reports may come late and twice.
CREATE TABLE IF NOT EXISTS deliveries
(
    tenant LowCardinality(String),  -- of the process. Its spans may be of many
    service LowCardinality(String),
    process_id String,
    first_reported_at SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    last_reported_at SimpleAggregateFunction(max, DateTime64(3, 'UTC')),
    last_ingested_at SimpleAggregateFunction(max, DateTime('UTC')),
    report SimpleAggregateFunction(max, Tuple(
        produced UInt64, reported_at DateTime64(3, 'UTC'),
        spooled UInt64, refused UInt64, dropped UInt64, shortened UInt64))
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant, service, process_id)
-- As long as the spans they are compared with.
TTL toDate(last_ingested_at) + toIntervalDay(15)
SETTINGS non_replicated_deduplication_window = 1000
