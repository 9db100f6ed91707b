-- Which agents ran, how often, how fast, how well, and for how much?
WITH {{figures}}
SELECT
    agent AS "Agent",
    count() AS "Invocations",
    sum(toFloat64(cost_usd)) AS "Cost",
    avg(toFloat64(cost_usd)) AS "Per run",
    countIf({{failed}}) / count() AS "Error rate",
    quantile(0.5)(latency_ms) AS "p50",
    quantile(0.95)(latency_ms) AS "p95",
    quantile(0.99)(latency_ms) AS "p99",
    avg(v_runs.rounds) AS "Rounds per run",
    concat(compact(sum(input_tokens)), ' → ', compact(sum(output_tokens))) AS "Tokens",
    max(started_at) AS "Last run"
FROM v_runs
WHERE {{period}}
GROUP BY agent
ORDER BY "Invocations" DESC, agent
LIMIT 500
