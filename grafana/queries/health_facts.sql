-- When did the last round arrive, and how long are rounds on their way?
SELECT
    maxOrNull(ingested_at) AS "Last arrival",
    count() AS "Rounds arrived",
    quantileOrNull(0.5)(lag) AS "Arrival lag p50",
    quantileOrNull(0.99)(lag) AS "Arrival lag p99",
    countIf(lag < -1) AS "Clock ahead"
FROM
(
    SELECT ingested_at, toUnixTimestamp(ingested_at) - (toUnixTimestamp64Milli(started_at) + latency_ms) / 1000 AS lag
    FROM rounds
    WHERE ingested_at >= $__fromTime AND ingested_at <= $__toTime
)
