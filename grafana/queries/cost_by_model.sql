-- Which share of the cost has each model?
SELECT model, toFloat64(ifNull(sum(cost_usd), 0)) AS cost
FROM {{spent}}
GROUP BY model
ORDER BY cost DESC, model
LIMIT 20
