-- What became of this run, and what did it cost with all the runs inside it?
WITH RECURSIVE
    UUIDv7ToDateTime(toUUIDOrZero(substring({run:String}, 5)), 'UTC') AS began,
    -- There is no time in the id of a run that another library made.
    if(began > 0, began, toDateTime64('2149-01-01', 3, 'UTC')) AS began_by,
    family AS
    (
        SELECT tenant AS of_tenant, run_id AS member, cost_usd AS own_cost_usd, [run_id] AS path
        FROM v_runs
        WHERE run_id = {run:String} AND started_at BETWEEN began AND began_by
        UNION ALL
        SELECT child.tenant, child.run_id, child.cost_usd, arrayPushBack(path, child.run_id)
        FROM v_runs AS child
        INNER JOIN family ON child.tenant = of_tenant AND child.parent_run_id = member
        WHERE child.root_run_id =
                (
                    SELECT any(root_run_id)
                    FROM v_runs
                    WHERE run_id = {run:String} AND started_at BETWEEN began AND began_by
                )
            -- Another machine's clock may be behind.
            AND child.started_at > began - toIntervalDay(1)
            -- A run that names its own descendant as parent would go round for ever.
            AND NOT has(path, child.run_id)
    ),
    -- Both at once, because the family is looked for wherever it is named.
    (SELECT (sum(own_cost_usd), count() - 1) FROM family) AS of_family
SELECT
    *,
    of_family.1 AS inclusive_cost_usd,
    of_family.2 AS runs_inside
FROM v_runs
WHERE run_id = {run:String} AND started_at BETWEEN began AND began_by
