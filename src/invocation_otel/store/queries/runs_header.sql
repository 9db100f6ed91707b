-- How many runs were there, in all and today (UTC), how many failed in 24 hours, and what did today cost so far?
SELECT
    (SELECT sum(runs) FROM v_runs_daily WHERE {tenant:String} = '' OR tenant = {tenant:String}) AS total_runs,
    countIf(started_at >= today_began) AS runs_today,
    countIf(status IN ('failed', 'timeout') AND started_at >= now('UTC') - toIntervalDay(1)) AS errors_24h,
    -- Nothing is 0 dollars only when nothing ran. What ran without a price stays NULL.
    if(runs_today = 0, toDecimal128(0, 9), sumIf(cost_usd, started_at >= today_began)) AS cost_today_usd,
    sumIf(unpriced_rounds, started_at >= today_began) AS unpriced_rounds_today
FROM
(
    SELECT started_at, status, cost_usd, unpriced_rounds, toStartOfDay(now('UTC')) AS today_began
    FROM v_runs
    WHERE ({tenant:String} = '' OR tenant = {tenant:String}) AND started_at >= now('UTC') - toIntervalDay(1)
)
