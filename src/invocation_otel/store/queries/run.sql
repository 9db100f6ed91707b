-- What became of this run, and what did it cost by itself?
WITH
    UUIDv7ToDateTime(toUUIDOrZero(substring({run:String}, 5)), 'UTC') AS began,
    -- There is no time in the id of a run that another library made.
    if(began > 0, began, toDateTime64('2149-01-01', 3, 'UTC')) AS began_by
SELECT *
FROM v_runs
WHERE run_id = {run:String} AND started_at BETWEEN began AND began_by
