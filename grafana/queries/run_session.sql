-- Which other runs does this run's session have, newest first?
WITH
    {{figures}},
    {{chosen_run}},
    (SELECT any((tenant, session_id)) FROM v_runs WHERE {{run}}) AS conversation
SELECT
    run_label(run_id) AS "Run",
    run_id AS "run_id",
    started_at AS "Time",
    agent AS "Agent",
    status AS "Status",
    toFloat64(cost_usd) AS "Cost",
    latency_ms AS "Latency",
    if(run_id = chosen_run, 'this run', 'compare') AS "Beside"
FROM v_runs
WHERE tenant = conversation.1 AND session_id = conversation.2 AND session_id != ''
ORDER BY started_at DESC, run_id DESC
LIMIT 100
