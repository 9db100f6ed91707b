-- Which share of the cost has each model?
SELECT model, sum(toFloat64(ifNull(cost_usd, 0))) AS cost
FROM {{spent}}
GROUP BY model
ORDER BY cost DESC, model
LIMIT 20
