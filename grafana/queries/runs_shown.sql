-- How many runs of how many agents are in this time range?
SELECT if(
    count() = 0,
    'No runs in this time range: widen it, or choose another tenant. No runs at all? Pipeline health says what arrives.',
    concat(toString(count()), ' runs of ', toString(uniqExact(agent)), ' agents')) AS "Shown"
FROM v_runs
WHERE {{period}}
