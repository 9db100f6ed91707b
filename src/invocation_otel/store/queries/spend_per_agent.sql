-- What has each agent spent, and on how many rounds?
SELECT
    agent,
    sum(v_usage_hourly.rounds) AS rounds,
    sum(v_usage_hourly.input_tokens) AS input_tokens,
    sum(v_usage_hourly.output_tokens) AS output_tokens,
    sum(v_usage_hourly.cost_usd) AS cost_usd,
    sum(v_usage_hourly.unpriced_rounds) AS unpriced_rounds
FROM v_usage_hourly
WHERE ({tenant:String} = '' OR tenant = {tenant:String})
GROUP BY agent
ORDER BY cost_usd DESC NULLS LAST, agent
