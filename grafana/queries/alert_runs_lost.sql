-- How many runs of each agent were lost in the last hour?
SELECT tenant, agent, countIf(status = 'lost') AS lost
FROM v_runs
WHERE $__timeFilter(started_at)
GROUP BY tenant, agent
