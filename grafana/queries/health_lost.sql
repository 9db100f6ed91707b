-- Which runs were lost, newest first?
WITH {{figures}}
SELECT
    run_label(run_id) AS "Run",
    run_id AS "run_id",
    tenant AS "Tenant",
    agent AS "Agent",
    service AS "Service",
    started_at AS "Started",
    last_seen_at AS "Last seen",
    v_runs.rounds AS "Rounds"
FROM v_runs
WHERE status = 'lost' AND $__timeFilter_ms(started_at)
ORDER BY started_at DESC
LIMIT 200
