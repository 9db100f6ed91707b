-- What was spent on behalf of each user, and on how many rounds?
SELECT if(user_id = '', '(none)', user_id) AS "User", sum(n) AS "Rounds", toFloat64(ifNull(sum(cost_usd), 0)) AS "Cost"
FROM
(
    SELECT user_id, rounds AS n, cost_usd
    FROM v_spend
    WHERE {{tenant}} AND day > toDate(toTimeZone($__fromTime, 'UTC')) AND day < toDate(toTimeZone($__toTime, 'UTC'))
    UNION ALL
    -- Of the first and the last day, a part is asked for.
    SELECT user_id, 1, cost_usd
    FROM v_rounds
    WHERE {{tenant}} AND $__timeFilter_ms(started_at)
        AND (started_at < toStartOfDay($__fromTime, 'UTC') + toIntervalDay(1)
            OR started_at >= toStartOfDay($__toTime, 'UTC'))
)
GROUP BY user_id
ORDER BY "Cost" DESC, "User"
LIMIT 200
