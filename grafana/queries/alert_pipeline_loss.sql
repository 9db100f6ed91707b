-- How many spans of each service are neither stored nor on the way to be?
SELECT
    service,
    sumIf(ifNull(missing, 0), last_seen_at < now() - toIntervalMinute(10)) + sum(refused) + sum(dropped) AS lost
FROM v_delivery
WHERE $__timeFilter(last_seen_at)
GROUP BY service
