-- Which share of each agent's runs failed in the last hour?
SELECT tenant, agent, countIf({{failed}}) / count() AS share
FROM v_runs
WHERE $__timeFilter(started_at)
GROUP BY tenant, agent
HAVING count() >= {{error_rate_minimum_runs}}
