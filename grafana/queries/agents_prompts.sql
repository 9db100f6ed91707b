-- How do the versions of each system prompt compare: use, errors, tokens, cost and latency of their rounds?
SELECT
    agent AS "Agent",
    system_prompt_name AS "Prompt",
    concat('v', system_prompt_version) AS "Version",
    uniqExact(run_id) AS "Runs",
    count() AS "Rounds",
    countIf(status != 'success') / count() AS "Error rate",
    avg(input_tokens) AS "Input per round",
    avg(output_tokens) AS "Output per round",
    avg(toFloat64(cost_usd)) AS "Cost per round",
    quantile(0.5)(latency_ms) AS "p50",
    quantile(0.95)(latency_ms) AS "p95",
    min(started_at) AS "First used",
    max(started_at) AS "Last used"
FROM v_rounds
WHERE {{tenant}} AND $__timeFilter_ms(run_started_at) AND system_prompt_name != ''
GROUP BY agent, system_prompt_name, system_prompt_version
ORDER BY agent, "Prompt", "First used" DESC
LIMIT 500
