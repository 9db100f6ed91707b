-- Which tools did this run execute, in order, with what, and what came back?
SELECT *
FROM v_tool_calls
WHERE run_id = {run:String} AND run_started_at = UUIDv7ToDateTime(toUUIDOrZero(substring({run:String}, 5)), 'UTC')
ORDER BY started_at, span_id
