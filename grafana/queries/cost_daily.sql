-- What did each agent cost on each day (UTC)?
SELECT toDateTime(toStartOfDay(hour)) AS time, agent, sum(toFloat64(ifNull(cost_usd, 0))) AS cost
FROM {{spent}}
GROUP BY time, agent
ORDER BY time
