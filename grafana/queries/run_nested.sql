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
    if(is_inside, concat(repeat('  ', length(path) - 2), run_label(run_id)), '') AS "Run",
    run_id AS "run_id",
    if(is_inside, started_at, NULL) AS "Time",
    if(is_inside, agent, 'No run was started inside this one.') AS "Agent",
    status AS "Status",
    toFloat64(cost_usd) AS "Own cost",
    if(is_inside, toFloat64(inclusive_cost_usd), NULL) AS "Inclusive",
    if(is_inside, latency_ms, NULL) AS "Latency"
FROM (SELECT true AS always) AS answer
LEFT JOIN
(
    SELECT *, true AS is_inside
    FROM v_runs
    INNER JOIN family ON member = run_id
    INNER JOIN inclusive ON ancestor = run_id
    WHERE tenant = own.1 AND run_id IN (SELECT member FROM family) AND started_at > began - toIntervalDay(1)
        AND length(path) > 1
) AS inside ON is_inside = always
ORDER BY path
LIMIT 1000
