-- Which LLM calls took longest?
SELECT run_id, round, agent, provider, model, latency_ms, time_to_first_token_ms, input_tokens, output_tokens, status
FROM v_rounds
WHERE ({tenant:String} = '' OR tenant = {tenant:String})
ORDER BY latency_ms DESC, run_id, round
LIMIT {limit:UInt32}
