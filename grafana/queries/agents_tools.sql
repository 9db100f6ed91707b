-- Which tools were executed, how long did they take, and how often did they fail?
SELECT
    tool AS "Tool",
    count() AS "Calls",
    countIf(status != 'success') AS "Failures",
    "Failures" / "Calls" AS "Failure rate",
    quantile(0.5)(latency_ms) AS "p50",
    quantile(0.95)(latency_ms) AS "p95",
    argMaxIf(concat(error_type, if(error_message = '', '', ': '), error_message), started_at, status != 'success')
        AS "Last error"
FROM v_tool_calls
WHERE {{tenant}} AND $__timeFilter_ms(run_started_at)
GROUP BY tool
ORDER BY "Calls" DESC, tool
LIMIT 500
