-- Which runs were started inside this run, and what did each cost, alone and with those inside it in turn?
WITH RECURSIVE
    {{figures}},
    {{family}},
    inclusive AS
    (
        SELECT ancestor, sum(own_cost_usd) AS inclusive_cost_usd
        FROM family
        ARRAY JOIN path AS ancestor
        GROUP BY ancestor
    )
SELECT
    concat(repeat('  ', length(path) - 2), run_label(run_id)) AS "Run",
    run_id AS "run_id",
    started_at AS "Time",
    agent AS "Agent",
    status AS "Status",
    toFloat64(cost_usd) AS "Own cost",
    toFloat64(inclusive_cost_usd) AS "Inclusive",
    latency_ms AS "Latency"
FROM v_runs
INNER JOIN family ON member = run_id
INNER JOIN inclusive ON ancestor = run_id
WHERE tenant = own.1 AND run_id IN (SELECT member FROM family) AND started_at > began - toIntervalDay(1)
    AND length(path) > 1
ORDER BY path
LIMIT 1000
