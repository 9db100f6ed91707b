-- How long did rounds take from their end to the database, over time?
SELECT
    $__timeInterval(ingested_at) AS time,
    quantile(0.5)(toUnixTimestamp(ingested_at) - (toUnixTimestamp64Milli(started_at) + latency_ms) / 1000) AS p50,
    quantile(0.99)(toUnixTimestamp(ingested_at) - (toUnixTimestamp64Milli(started_at) + latency_ms) / 1000) AS p99
FROM rounds
WHERE ingested_at >= $__fromTime AND ingested_at <= $__toTime
GROUP BY time
ORDER BY time
