{{chosen_run}},
    (SELECT any((tenant, root_run_id)) FROM v_runs WHERE {{run}}) AS own,
    -- Found once, so that the steps from parent to child go through memory.
    (
        SELECT groupArray((run_id, parent_run_id, cost_usd)) FROM v_runs
        WHERE tenant = own.1 AND root_run_id = own.2 AND started_at > began - toIntervalDay(1)
    ) AS kin,
    family AS
    (
        SELECT run.1 AS member, run.3 AS own_cost_usd, [member] AS path
        FROM (SELECT arrayJoin(kin) AS run)
        WHERE member = chosen_run
        UNION ALL
        SELECT run.1, run.3, arrayPushBack(path, run.1)
        FROM (SELECT arrayJoin(kin) AS run) AS child
        INNER JOIN family ON run.2 = member
        WHERE NOT has(path, run.1)
    )
