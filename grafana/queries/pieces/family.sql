{{chosen_run}},
    family AS
    (
        SELECT tenant AS of_tenant, run_id AS member, cost_usd AS own_cost_usd, [run_id] AS path
        FROM v_runs
        WHERE {{run}}
        UNION ALL
        SELECT child.tenant, child.run_id, child.cost_usd, arrayPushBack(path, child.run_id)
        FROM v_runs AS child
        INNER JOIN family ON child.tenant = of_tenant AND child.parent_run_id = member
        WHERE child.root_run_id = (SELECT any(root_run_id) FROM v_runs WHERE {{run}})
            AND child.started_at > began - toIntervalDay(1)
            AND NOT has(path, child.run_id)
    )
