-- How did the run end, and how much did it do, alone and with the runs inside it?
WITH RECURSIVE
    {{figures}},
    {{family}}
SELECT
    status AS "Status",
    v_runs.rounds AS "Rounds",
    v_runs.tool_calls AS "Tool calls",
    concat(compact(input_tokens), ' → ', compact(output_tokens)) AS "Tokens in → out",
    toFloat64(cost_usd) AS "Cost",
    if((SELECT count() FROM family) > 1, toFloat64((SELECT sum(own_cost_usd) FROM family)), toFloat64(cost_usd))
        AS "With runs inside",
    latency_ms AS "Latency"
FROM v_runs
WHERE {{run}}
