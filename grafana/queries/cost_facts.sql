-- What was spent in this time, what did caches save, and what has no price?
SELECT
    toFloat64(ifNull(sum(cost_usd), 0)) AS "Total cost",
    "Total cost" / nullIf((SELECT count() FROM v_runs WHERE {{period}}), 0) AS "Per run",
    count() AS "Rounds",
    if(sum(input_tokens) = 0, NULL, sum(cache_read_tokens) / sum(input_tokens)) AS "Input from cache",
    -- What the tokens read from caches would have cost as plain input of the same round, less what they did cost.
    sumIf(
        toFloat64(cost_input_usd) / (input_tokens - cache_read_tokens - cache_write_tokens) * cache_read_tokens
            - toFloat64(cost_cache_read_usd),
        cost_input_usd > 0 AND cost_cache_read_usd IS NOT NULL AND usage_valid
            AND input_tokens > cache_read_tokens + cache_write_tokens) AS "Saved by cache",
    countIf(cost_usd IS NULL AND (status = 'success' OR input_tokens + output_tokens > 0)) AS "Unpriced rounds"
FROM v_rounds
WHERE {{round_period}}
