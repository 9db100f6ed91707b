-- What did each tenant spend in this time, and this month (UTC) against its budget?
SELECT
    tenant AS "Tenant",
    countIf($__timeFilter_ms(started_at)) AS "Rounds",
    sumIf(toFloat64(ifNull(cost_usd, 0)), $__timeFilter_ms(started_at)) AS "Cost",
    sumIf(toFloat64(ifNull(cost_usd, 0)), started_at >= toStartOfMonth(now('UTC'))) AS "This month",
    {{budget}} AS "Budget",
    if("Budget" > 0, "This month" / "Budget", NULL) AS "Used"
FROM v_rounds
WHERE $__timeFilter_ms(started_at) OR started_at >= toStartOfMonth(now('UTC'))
GROUP BY tenant
ORDER BY "This month" DESC, tenant
LIMIT 200
