-- Is everything that each service produced stored, and where is the rest?
SELECT
    service AS "Service",
    count() AS "Processes",
    sum(v_delivery.produced) AS "Produced",
    sum(v_delivery.stored) AS "Stored",
    -- Of processes that work, what is on its way is not missing yet.
    sumIf(ifNull(v_delivery.missing, 0), last_seen_at < now() - toIntervalMinute(10)) AS "Missing",
    sum(v_delivery.spooled) AS "On disk",
    sum(v_delivery.refused) AS "Refused",
    sum(v_delivery.dropped) AS "Dropped",
    sum(v_delivery.shortened) AS "Shortened",
    max(last_seen_at) AS "Last seen"
FROM v_delivery
WHERE $__timeFilter_ms(last_seen_at)
GROUP BY service
ORDER BY "Missing" + "Refused" + "Dropped" DESC, service
LIMIT 500
