-- How many rows came into each table, and when?
SELECT * FROM
(
    SELECT $__timeInterval(ingested_at) AS time, 'runs' AS kind, count() AS rows
    FROM runs WHERE ingested_at >= $__fromTime AND ingested_at <= $__toTime GROUP BY time
    UNION ALL
    SELECT $__timeInterval(ingested_at) AS time, 'rounds' AS kind, count() AS rows
    FROM rounds WHERE ingested_at >= $__fromTime AND ingested_at <= $__toTime GROUP BY time
    UNION ALL
    SELECT $__timeInterval(ingested_at) AS time, 'tool calls' AS kind, count() AS rows
    FROM tool_calls WHERE ingested_at >= $__fromTime AND ingested_at <= $__toTime GROUP BY time
)
ORDER BY time, kind
