-- What did each agent cost on each day (UTC)?
SELECT toDateTime(toStartOfDay(started_at)) AS time, agent, sum(toFloat64(ifNull(cost_usd, 0))) AS cost
FROM v_rounds
WHERE {{round_period}}
GROUP BY time, agent
ORDER BY time
