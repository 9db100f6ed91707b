-- What did each agent cost on each day (UTC)?
SELECT toDateTime(toStartOfDay(hour)) AS time, agent, toFloat64(ifNull(sum(cost_usd), 0)) AS cost
FROM {{spent}}
GROUP BY time, agent
ORDER BY time
