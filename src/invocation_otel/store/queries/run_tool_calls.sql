-- Which tools did this run execute, in order, with what, and what came back?
WITH
    UUIDv7ToDateTime(toUUIDOrZero(substring({run:String}, 5)), 'UTC') AS began,
    -- There is no time in the id of a run that another library made.
    if(began > 0, began, toDateTime64('2149-01-01', 3, 'UTC')) AS began_by
SELECT *
FROM v_tool_calls
WHERE run_id = {run:String} AND run_started_at BETWEEN began AND began_by
ORDER BY started_at, span_id
