-- Which LLM calls did the run make, in order, and what did each cost?
WITH {{chosen_run}}
SELECT
    if(round = toUInt32OrZero({{one round}}), '▶', '') AS " ",
    round AS "Round",
    concat(provider, ' / ', model) AS "Model",
    stop_reason AS "Stop reason",
    input_tokens AS "Input",
    output_tokens AS "Output",
    cache_write_tokens AS "Cache write",
    cache_read_tokens AS "Cache read",
    toFloat64(cost_usd) AS "Cost",
    latency_ms AS "Latency",
    time_to_first_token_ms AS "First token",
    status AS "Status",
    concat(error_type, if(error_message = '', '', ': '), error_message) AS "Error"
FROM v_rounds
WHERE {{run_part}}
ORDER BY round, started_at, span_id
