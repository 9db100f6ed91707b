-- What became of this run, and what did it cost by itself?
WITH
    {{began}}
SELECT *
FROM v_runs
WHERE run_id = {run:String} AND started_at BETWEEN began AND began_by
