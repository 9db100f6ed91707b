-- Which share of its monthly budget has each tenant spent (UTC)?
SELECT tenant, toFloat64(ifNull(sum(cost_usd), 0)) / {{budget}} AS share
FROM v_rounds
WHERE $__timeFilter(started_at) AND started_at >= toStartOfMonth(now('UTC')) AND {{budget}} > 0
GROUP BY tenant
