-- How often did agents run in this time, what did it cost, how long did it take, and how much of it failed?
SELECT
    count() AS "Total invocations",
    toFloat64(ifNull(sum(cost_usd), 0)) AS "Total cost",
    if(count() = 0, NULL, countIf({{failed}}) / count()) AS "Error rate",
    quantileOrNull(0.5)(latency_ms) AS "p50",
    quantileOrNull(0.95)(latency_ms) AS "p95",
    quantileOrNull(0.99)(latency_ms) AS "p99"
FROM v_runs
WHERE {{period}}
