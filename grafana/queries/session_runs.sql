-- Which runs does the session have, in order, what did each see of the ones before it, and what was new?
WITH
    {{figures}},
    {{session_runs}},
    seen AS
    (
        SELECT run_id, countIf(part = 'memory') AS from_memory, countIf(part = 'input') AS new_messages
        FROM named_contents
        WHERE {{session_parts}} AND day IN (SELECT toDate(arrayJoin(listed.1))) AND round = 1
        GROUP BY run_id
    )
SELECT
    run_label(runs.run_id) AS "Run",
    runs.run_id AS "run_id",
    runs.started_at AS "Time",
    runs.agent AS "Agent",
    runs.status AS "Status",
    runs.rounds AS "Rounds",
    seen.from_memory AS "From memory",
    seen.new_messages AS "New messages",
    concat(compact(runs.input_tokens), ' → ', compact(runs.output_tokens)) AS "Tokens",
    toFloat64(runs.cost_usd) AS "Cost",
    runs.latency_ms AS "Latency"
FROM
(
    SELECT * FROM v_runs
    WHERE {{tenant}} AND started_at IN (SELECT arrayJoin(listed.1)) AND run_id IN (SELECT arrayJoin(listed.2))
) AS runs
LEFT JOIN seen ON seen.run_id = runs.run_id
ORDER BY runs.started_at, runs.run_id
