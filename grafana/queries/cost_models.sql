-- What did each provider's models cost, and how much of their input came from caches?
WITH {{figures}}
SELECT
    provider AS "Provider",
    model AS "Model",
    count() AS "Rounds",
    concat(compact(sum(input_tokens)), ' → ', compact(sum(output_tokens))) AS "Tokens",
    if(sum(input_tokens) = 0, NULL, sum(cache_read_tokens) / sum(input_tokens)) AS "From cache",
    sum(toFloat64(cost_usd)) AS "Cost",
    countIf(cost_usd IS NULL) AS "Unpriced"
FROM v_rounds
WHERE {{round_period}}
GROUP BY provider, model
ORDER BY "Cost" DESC NULLS LAST, provider, model
LIMIT 200
