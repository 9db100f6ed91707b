-- Which runs were started inside this run, and what did each cost, alone and with those inside it in turn?
WITH RECURSIVE
    {{began}},
    (
        SELECT any((tenant, root_run_id)) FROM v_runs
        WHERE run_id = {run:String} AND started_at BETWEEN began AND began_by
    ) AS own,
    -- Found once, so that the steps from parent to child go through memory.
    (
        SELECT groupArray((run_id, parent_run_id, cost_usd)) FROM v_runs
        -- Another machine's clock may be behind.
        WHERE tenant = own.1 AND root_run_id = own.2 AND started_at > began - toIntervalDay(1)
    ) AS kin,
    family AS
    (
        SELECT run.1 AS member, run.3 AS own_cost_usd, [member] AS path
        FROM (SELECT arrayJoin(kin) AS run)
        WHERE member = {run:String}
        UNION ALL
        SELECT run.1, run.3, arrayPushBack(path, run.1)
        FROM (SELECT arrayJoin(kin) AS run) AS child
        INNER JOIN family ON run.2 = member
        -- A run that names its own descendant as parent would go round for ever.
        WHERE NOT has(path, run.1)
    ),
    inclusive AS
    (
        SELECT ancestor, sum(own_cost_usd) AS inclusive_cost_usd
        FROM family
        ARRAY JOIN path AS ancestor
        GROUP BY ancestor
    )
SELECT length(path) - 1 AS depth, v_runs.*, inclusive_cost_usd
FROM v_runs
INNER JOIN family ON member = run_id
INNER JOIN inclusive ON ancestor = run_id
WHERE tenant = own.1 AND run_id IN (SELECT member FROM family) AND started_at > began - toIntervalDay(1) AND depth > 0
ORDER BY path
