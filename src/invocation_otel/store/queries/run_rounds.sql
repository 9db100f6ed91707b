-- Which LLM calls did this run make, in order?
SELECT *
FROM v_rounds
WHERE run_id = {run:String} AND run_started_at = UUIDv7ToDateTime(toUUIDOrZero(substring({run:String}, 5)), 'UTC')
ORDER BY round, started_at, span_id
