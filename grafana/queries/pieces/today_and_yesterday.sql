-- Both days' runs that began by now or by this time of yesterday, told apart by `today`; a day without any has one row.
FROM (SELECT arrayJoin([false, true]) AS today) AS days
LEFT JOIN
(
    SELECT started_at >= midnight AS today, cost_usd, true AS ran
    FROM v_runs
    WHERE {{tenant}} AND started_at >= midnight - toIntervalDay(1)
        AND (started_at >= midnight OR started_at <= now() - toIntervalDay(1))
) AS runs USING (today)
