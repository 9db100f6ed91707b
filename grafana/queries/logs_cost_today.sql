-- What did today (UTC) cost so far, and yesterday until this time of day?
WITH toStartOfDay(now('UTC')) AS midnight
SELECT
    toDateTime(if(today, now(), now() - toIntervalDay(1))) AS time,
    -- Nothing is 0 dollars only when nothing ran; what ran without a price stays unpriced.
    if(countIf(ran) = 0, 0, sum(toFloat64(cost_usd))) AS value
{{today_and_yesterday}}
GROUP BY today
ORDER BY time
