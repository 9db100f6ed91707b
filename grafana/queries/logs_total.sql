-- How many runs does the tenant have in all?
SELECT sum(runs) AS value FROM v_runs_daily WHERE {{tenant}}
