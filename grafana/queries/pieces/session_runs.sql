(
        SELECT groupArray((started_at, run_id))
        FROM (SELECT started_at, run_id FROM v_runs WHERE {{session}} ORDER BY started_at DESC, run_id DESC LIMIT 200)
    ) AS listed
