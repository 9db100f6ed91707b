-- How many runs does the tenant have in all?
SELECT count() AS value FROM v_runs WHERE {{tenant}}
