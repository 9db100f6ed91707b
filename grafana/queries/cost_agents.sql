-- What did each agent spend, and on how many rounds?
SELECT
    agent AS "Agent",
    sum(spent.rounds) AS "Rounds",
    toFloat64(sum(cost_usd)) AS "Cost",
    sum(spent.unpriced_rounds) AS "Unpriced"
FROM {{spent}}
GROUP BY agent
ORDER BY "Cost" DESC NULLS LAST, agent
LIMIT 200
