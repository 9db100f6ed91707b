-- What did the model see and say in this round, in order?
WITH UUIDv7ToDateTime(toUUIDOrZero(substring({run:String}, 5)), 'UTC') AS began
SELECT *
FROM v_messages
WHERE run_id = {run:String} AND run_started_at = began AND day = toDate(began) AND round = {round:UInt32}
ORDER BY span_id, position
