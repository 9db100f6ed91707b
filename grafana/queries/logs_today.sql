-- How many runs began today (UTC), and how many yesterday until this time of day?
WITH toStartOfDay(now('UTC')) AS midnight
SELECT toDateTime(if(today, now(), now() - toIntervalDay(1))) AS time, countIf(ran) AS value
FROM (SELECT arrayJoin([false, true]) AS today) AS days
LEFT JOIN
(
    SELECT started_at >= midnight AS today, true AS ran
    FROM v_runs
    WHERE {{tenant}} AND started_at >= midnight - toIntervalDay(1)
        AND (started_at >= midnight OR started_at <= now() - toIntervalDay(1))
) AS runs USING (today)
GROUP BY today
ORDER BY time
