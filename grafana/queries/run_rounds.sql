-- Which LLM calls did the run make, in order, and what did each cost?
WITH {{chosen_run}}
SELECT
    if(is_round AND round = toUInt32OrZero({{one round}}), '▶', '') AS " ",
    if(is_round, round, NULL) AS "Round",
    if(
        is_round, concat(provider, ' / ', model),
        'No round yet: one appears when an LLM call of this run has ended.') AS "Model",
    stop_reason AS "Stop reason",
    if(is_round, input_tokens, NULL) AS "Input",
    if(is_round, output_tokens, NULL) AS "Output",
    if(is_round, cache_write_tokens, NULL) AS "Cache write",
    if(is_round, cache_read_tokens, NULL) AS "Cache read",
    toFloat64(cost_usd) AS "Cost",
    if(is_round, latency_ms, NULL) AS "Latency",
    time_to_first_token_ms AS "First token",
    status AS "Status",
    concat(error_type, if(error_message = '', '', ': '), error_message) AS "Error"
FROM (SELECT true AS always) AS answer
LEFT JOIN (SELECT *, true AS is_round FROM v_rounds WHERE {{run_part}}) AS rounds ON is_round = always
ORDER BY round, started_at, span_id
