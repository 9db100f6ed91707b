-- What did the model see and say in this round, in order?
WITH
    UUIDv7ToDateTime(toUUIDOrZero(substring({run:String}, 5)), 'UTC') AS began,
    -- There is no time in the id of a run that another library made.
    if(began > 0, began, toDateTime64('2149-01-01', 3, 'UTC')) AS began_by
SELECT *
FROM v_messages
WHERE run_id = {run:String} AND run_started_at BETWEEN began AND began_by
    AND day BETWEEN toDate(began) AND toDate(began_by) AND round = {round:UInt32}
ORDER BY span_id, position
