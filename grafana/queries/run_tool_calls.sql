-- Which tools did the run execute, in order, with what, and what came back?
WITH {{chosen_run}}
SELECT
    tool AS "Tool",
    if(round = 0, '', concat('r', toString(round))) AS "Round",
    status AS "Status",
    if(is_call, latency_ms, NULL) AS "Latency",
    if(is_call, leftUTF8(arguments, 2000), 'No tool was executed in this run.') AS "Arguments",
    leftUTF8(result, 2000) AS "Result",
    concat(error_type, if(error_message = '', '', ': '), error_message) AS "Error"
FROM (SELECT true AS always) AS answer
LEFT JOIN (SELECT *, true AS is_call FROM v_tool_calls WHERE {{run_part}}) AS calls ON is_call = always
ORDER BY started_at, span_id
LIMIT 1000
