-- Which tools did the run execute, in order, with what, and what came back?
WITH {{chosen_run}}
SELECT
    tool AS "Tool",
    if(round = 0, '', concat('r', toString(round))) AS "Round",
    status AS "Status",
    latency_ms AS "Latency",
    leftUTF8(arguments, 2000) AS "Arguments",
    leftUTF8(result, 2000) AS "Result",
    concat(error_type, if(error_message = '', '', ': '), error_message) AS "Error"
FROM v_tool_calls
WHERE {{run_part}}
ORDER BY started_at, span_id
LIMIT 1000
