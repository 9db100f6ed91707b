-- What did today (UTC) cost so far, and yesterday until this time of day?
WITH toStartOfDay(now('UTC')) AS midnight
SELECT
    toDateTime(if(today, now(), now() - toIntervalDay(1))) AS time,
    -- Nothing is 0 dollars only when nothing ran; what ran without a price stays unpriced.
    if(countIf(ran) = 0, 0, sum(toFloat64(cost_usd))) AS value
FROM (SELECT arrayJoin([false, true]) AS today) AS days
LEFT JOIN
(
    SELECT started_at >= midnight AS today, cost_usd, true AS ran
    FROM v_runs
    WHERE {{tenant}} AND started_at >= midnight - toIntervalDay(1)
        AND (started_at >= midnight OR started_at <= now() - toIntervalDay(1))
) AS runs USING (today)
GROUP BY today
ORDER BY time
