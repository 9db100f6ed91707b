-- How many runs that match the filters began when, and how did they end?
SELECT $__timeInterval(started_at) AS time, status, count() AS runs
FROM v_runs
WHERE {{filters}}
GROUP BY time, status
ORDER BY time
