-- Which models answered without a price?
WITH {{figures}}
SELECT
    provider AS "Provider",
    model AS "Model",
    request_model AS "Asked for",
    status AS "Status",
    count() AS "Rounds",
    compact(sum(input_tokens + output_tokens)) AS "Tokens",
    max(started_at) AS "Last"
FROM v_rounds
WHERE {{round_period}} AND cost_usd IS NULL
GROUP BY provider, model, request_model, status
ORDER BY "Rounds" DESC, provider, model
LIMIT 200
