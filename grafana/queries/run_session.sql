-- Which other runs does this run's session have, newest first?
WITH
    {{figures}},
    {{chosen_run}},
    (SELECT any((tenant, session_id)) FROM v_runs WHERE {{run}}) AS conversation
SELECT
    if(is_run, run_label(run_id), '') AS "Run",
    run_id AS "run_id",
    if(is_run, started_at, NULL) AS "Time",
    if(is_run, agent, 'This run has no session: none was named when it was started.') AS "Agent",
    status AS "Status",
    toFloat64(cost_usd) AS "Cost",
    latency_ms AS "Latency",
    multiIf(NOT is_run, '', run_id = chosen_run, 'this run', 'compare') AS "Beside"
FROM (SELECT true AS always) AS answer
LEFT JOIN
(
    SELECT *, true AS is_run
    FROM v_runs
    WHERE tenant = conversation.1 AND session_id = conversation.2 AND session_id != ''
) AS runs ON is_run = always
ORDER BY started_at DESC, run_id DESC
LIMIT 100
