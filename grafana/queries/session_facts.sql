-- How many runs does the session have, how did they go, and what did it cost?
WITH {{figures}}
SELECT
    count() AS "Runs",
    sum(v_runs.rounds) AS "Rounds",
    countIf({{failed}}) AS "Errors",
    concat(compact(sum(input_tokens)), ' → ', compact(sum(output_tokens))) AS "Tokens in → out",
    sum(toFloat64(cost_usd)) AS "Cost",
    minOrNull(started_at) AS "First",
    maxOrNull(started_at) AS "Last"
FROM v_runs
WHERE {{session}}
