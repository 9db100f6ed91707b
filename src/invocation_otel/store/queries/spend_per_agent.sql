-- What has each agent spent, and on how many rounds?
SELECT
    agent,
    sum(v_spend.rounds) AS rounds,
    sum(v_spend.input_tokens) AS input_tokens,
    sum(v_spend.output_tokens) AS output_tokens,
    sum(v_spend.cost_usd) AS cost_usd,
    sum(v_spend.unpriced_rounds) AS unpriced_rounds
FROM v_spend
WHERE ({tenant:String} = '' OR tenant = {tenant:String})
GROUP BY agent
ORDER BY cost_usd DESC NULLS LAST, agent
