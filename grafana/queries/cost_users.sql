-- What was spent on behalf of each user?
SELECT
    if(user_id = '', '(none)', user_id) AS "User",
    uniqExact(run_id) AS "Runs",
    sum(toFloat64(ifNull(cost_usd, 0))) AS "Cost"
FROM v_rounds
WHERE {{round_period}}
GROUP BY "User"
ORDER BY "Cost" DESC, "User"
LIMIT 200
