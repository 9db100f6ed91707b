-- How long did the slowest twentieth of each agent's runs take, over time?
SELECT $__timeInterval(started_at) AS time, agent, quantile(0.95)(latency_ms) AS p95
FROM v_runs
WHERE {{period}}
GROUP BY time, agent
ORDER BY time
