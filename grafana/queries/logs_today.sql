-- How many runs began today (UTC), and how many yesterday until this time of day?
WITH toStartOfDay(now('UTC')) AS midnight
SELECT toDateTime(if(today, now(), now() - toIntervalDay(1))) AS time, countIf(ran) AS value
{{today_and_yesterday}}
GROUP BY today
ORDER BY time
