-- What did each agent spend?
SELECT
    agent AS "Agent",
    uniqExact(run_id) AS "Runs",
    sum(toFloat64(cost_usd)) AS "Cost",
    if("Runs" = 0, NULL, "Cost" / "Runs") AS "Per run"
FROM v_rounds
WHERE {{round_period}}
GROUP BY agent
ORDER BY "Cost" DESC NULLS LAST, agent
LIMIT 200
