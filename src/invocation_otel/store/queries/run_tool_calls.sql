-- Which tools did this run execute, in order, with what, and what came back?
WITH
    {{began}}
SELECT *
FROM v_tool_calls
WHERE run_id = {run:String} AND run_started_at BETWEEN began AND began_by
ORDER BY started_at, span_id
