-- What did each provider's models cost, and how much of their input came from caches?
WITH {{figures}}
SELECT
    provider AS "Provider",
    model AS "Model",
    sum(spent.rounds) AS "Rounds",
    concat(compact(sum(spent.input_tokens)), ' → ', compact(sum(spent.output_tokens))) AS "Tokens",
    if(sum(spent.input_tokens) = 0, NULL, sum(spent.cache_read_tokens) / sum(spent.input_tokens)) AS "From cache",
    toFloat64(sum(cost_usd)) AS "Cost",
    sum(spent.unpriced_rounds) AS "Unpriced"
FROM {{spent}}
GROUP BY provider, model
ORDER BY "Cost" DESC NULLS LAST, provider, model
LIMIT 200
