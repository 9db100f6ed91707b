-- Which errors ended runs of which agent, how often, and when last?
SELECT
    agent AS "Agent",
    if(error_type = '', status, error_type) AS "Error",
    count() AS "Runs",
    max(started_at) AS "Last"
FROM v_runs
WHERE {{period}} AND {{failed}}
GROUP BY agent, "Error"
ORDER BY "Runs" DESC, agent, "Error"
LIMIT 500
