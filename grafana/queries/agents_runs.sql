-- When did which agent run?
SELECT $__timeInterval(started_at) AS time, agent, count() AS runs
FROM v_runs
WHERE {{period}}
GROUP BY time, agent
ORDER BY time
