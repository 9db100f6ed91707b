-- Which files was this run given?
SELECT *
FROM v_files
WHERE run_id = {run:String} AND run_started_at = UUIDv7ToDateTime(toUUIDOrZero(substring({run:String}, 5)), 'UTC')
ORDER BY position
