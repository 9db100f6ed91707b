-- What did the chosen round cost, part by part, and who says so?
WITH
    {{figures}},
    {{html}},
    {{chosen_run}},
    ((tokens, cost) -> concat(
        toString(tokens), ' tokens', if(cost IS NULL, '', concat(' &nbsp;·&nbsp; $', toString(cost))))) AS priced
SELECT concat('<div style="min-height:{{pixels}}px">\n\n', if(count() = 0, 'No such round: choose one above.', any(card([
    ('Input', priced(input_tokens, cost_input_usd)),
    ('Cache creation', priced(cache_write_tokens, cost_cache_write_usd)),
    ('Cache read', priced(cache_read_tokens, cost_cache_read_usd)),
    ('Output', concat(
        priced(output_tokens, cost_output_usd),
        if(reasoning_tokens = 0, '', concat(' &nbsp;·&nbsp; ', toString(reasoning_tokens), ' of them reasoning')))),
    ('Total', concat('<b>', dollars(cost_usd, input_tokens + output_tokens), '</b>')),
    ('Cost source', cell(concat(
        cost_source, if(price_version = '', '', concat(', ', price_version)),
        if(usage_valid, '', ', the token counts contradict each other')))),
    ('Stop reason', cell(stop_reason)),
    ('Latency', duration(latency_ms))
]))), '\n\n</div>') AS "Cost"
FROM v_rounds
WHERE {{round}}
