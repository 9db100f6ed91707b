-- Who says what was spent: the provider, the price list, an estimate, or nobody?
SELECT
    cost_source AS "Cost source",
    price_version AS "Price list",
    count() AS "Rounds",
    sum(toFloat64(cost_usd)) AS "Cost"
FROM v_rounds
WHERE {{round_period}}
GROUP BY cost_source, price_version
ORDER BY "Rounds" DESC, cost_source, price_version
LIMIT 200
