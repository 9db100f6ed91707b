-- What is there to choose from in a filter? The newest day counts, so a batch that came twice changes nothing.
CREATE TABLE IF NOT EXISTS facets
(
    tenant LowCardinality(String),
    facet LowCardinality(String),
    value String,
    last_seen SimpleAggregateFunction(max, Date)
)
ENGINE = AggregatingMergeTree
ORDER BY (tenant, facet, value)
TTL last_seen + toIntervalDay(400)
SETTINGS non_replicated_deduplication_window = 1000
