-- What did each tenant spend in this time, and this month (UTC) against its budget?
SELECT
    tenant AS "Tenant",
    countIf($__timeFilter_ms(started_at)) AS "Rounds",
    toFloat64(ifNull(sumIf(cost_usd, $__timeFilter_ms(started_at)), 0)) AS "Cost",
    toFloat64(ifNull(sumIf(cost_usd, started_at >= toStartOfMonth(now('UTC'))), 0)) AS "This month",
    {{budget}} AS "Budget",
    if("Budget" > 0, "This month" / "Budget", NULL) AS "Used"
FROM v_rounds
WHERE $__timeFilter_ms(started_at) OR started_at >= toStartOfMonth(now('UTC'))
GROUP BY tenant
ORDER BY "This month" DESC, tenant
LIMIT 200
