-- Which runs match the filters, newest first, and which rounds did each make?
WITH
    {{figures}},
    -- A scalar is found once, however often it is used: the filters read the whole time range, all else only this.
    (
        SELECT groupArray((started_at, run_id))
        FROM
        (
            SELECT started_at, run_id FROM v_runs WHERE {{filters}}
            ORDER BY started_at DESC, run_id DESC LIMIT toUInt32OrZero({{one rows}})
        )
    ) AS listed
SELECT
    run_label(runs.run_id) AS "Run",
    runs.run_id AS "run_id",
    runs.started_at AS "Time",
    runs.agent AS "Agent",
    if(runs.provider = '', '', concat(runs.provider, ' / ', runs.model)) AS "Provider / model",
    concat(compact(runs.input_tokens), ' → ', compact(runs.output_tokens)) AS "Tokens",
    toFloat64(runs.cost_usd) AS "Cost",
    runs.latency_ms AS "Latency",
    runs.trigger AS "Trigger",
    runs.status AS "Status",
    concat('**', toString(runs.rounds), '**', if(runs.rounds = 0, '', ' · '), arrayStringConcat(arrayMap(
        n -> concat(
            '[r', toString(n), '](/d/invocation-run?var-run=', runs.run_id, '&var-round=', toString(n),
            '&from=${__from}&to=${__to})'),
        if(runs.rounds <= 5, range(1, toUInt32(runs.rounds) + 1), [1, 2, 3, toUInt32(runs.rounds)])), ' ')) AS "Rounds",
    runs.user_id AS "User",
    runs.session_id AS "Session",
    if(r.round = 0, 'no round yet', concat('r', toString(r.round))) AS "Round",
    if(r.round = 0, '', concat(compact(r.input_tokens), ' → ', compact(r.output_tokens))) AS "In → out",
    if(r.round = 0, '', dollars(r.cost_usd, r.input_tokens + r.output_tokens)) AS "Round cost",
    if(r.round = 0, '', duration(r.latency_ms)) AS "Round latency",
    r.stop_reason AS "Stop reason",
    if(r.error_type = '', r.status, concat(r.status, ': ', r.error_type)) AS "Outcome"
FROM
(
    SELECT * FROM v_runs
    WHERE {{tenant}} AND started_at IN (SELECT arrayJoin(listed.1)) AND run_id IN (SELECT arrayJoin(listed.2))
) AS runs
LEFT JOIN
(
    SELECT run_id, round, span_id, input_tokens, output_tokens, cost_usd, latency_ms, stop_reason, status, error_type
    FROM v_rounds
    WHERE {{tenant}} AND run_started_at IN (SELECT arrayJoin(listed.1)) AND run_id IN (SELECT arrayJoin(listed.2))
) AS r ON r.run_id = runs.run_id
ORDER BY runs.started_at DESC, runs.run_id DESC, r.round, r.span_id
