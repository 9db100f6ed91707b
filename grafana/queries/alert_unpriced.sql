-- Which models answered without a price in the last hour?
SELECT tenant, provider, model, count() AS rounds
FROM v_rounds
WHERE $__timeFilter(started_at) AND cost_usd IS NULL AND (status = 'success' OR input_tokens + output_tokens > 0)
GROUP BY tenant, provider, model
