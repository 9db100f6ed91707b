-- Which files was this run given?
WITH
    {{began}}
SELECT *
FROM v_files
WHERE run_id = {run:String} AND run_started_at BETWEEN began AND began_by
ORDER BY position
