-- What was said in this session: each run's new messages and its last answer?
WITH
    {{html}},
    {{session_runs}},
    last_rounds AS
    (
        SELECT run_id, max(round) AS last_round
        FROM v_rounds
        WHERE {{session_parts}}
        GROUP BY run_id
    ),
    said AS
    (
        SELECT
            run_id, run_started_at, round, position, if(part = 'output', 'answer', role) AS who,
            ifNull(body, '(no longer kept)') AS stored,
            if(
                empty(JSONExtractArrayRaw(stored, 'parts')), stored,
                arrayStringConcat(arrayMap(
                    p -> if(JSONHas(p, 'content'), JSONExtractString(p, 'content'), pretty(p)),
                    JSONExtractArrayRaw(stored, 'parts')), '\n')) AS text
        FROM v_messages
        WHERE {{session_parts}} AND day IN (SELECT toDate(arrayJoin(listed.1)))
            AND (part = 'input' AND round = 1
                OR part = 'output' AND (run_id, round) IN (SELECT run_id, last_round FROM last_rounds))
    ),
    blocks AS
    (
        SELECT (run_started_at, run_id) AS place, concat(
            '<div style="border-left:3px solid #808080;padding-left:10px;margin-bottom:14px">\n\n[',
            toString(toDateTime(run_started_at, 'UTC')), ' UTC](/d/invocation-run?var-run=', run_id, '&var-round=1)\n\n',
            arrayStringConcat(arrayMap(
                m -> concat('<b>', inline(m.2), '</b>', pre(leftUTF8(m.3, 5000))),
                arraySort(groupArray(((round, position), who, text)))), '\n\n'),
            '\n\n</div>') AS html
        FROM said
        GROUP BY run_id, run_started_at
    )
SELECT concat('<div style="min-height:{{pixels}}px">\n\n', if(
    count() = 0, 'Nothing to show: the session has no runs, content was not recorded, or it is no longer kept.',
    arrayStringConcat(arrayMap(b -> b.2, arraySort(groupArray((place, html)))), '\n\n')), '\n\n</div>') AS "Said"
FROM blocks
