-- In which hours (UTC) were rounds and runs erased (see forget.py), so that these must be added up again?
CREATE TABLE IF NOT EXISTS erasures
(
    tenant LowCardinality(String),
    hour DateTime('UTC'),
    ingested_at DateTime('UTC') DEFAULT now()
)
ENGINE = ReplacingMergeTree
ORDER BY (tenant, hour)
TTL toDate(ingested_at) + toIntervalDay(35)
