-- Which share of the cost has each model?
SELECT model, sum(toFloat64(ifNull(cost_usd, 0))) AS cost
FROM v_rounds
WHERE {{round_period}}
GROUP BY model
ORDER BY cost DESC, model
LIMIT 20
