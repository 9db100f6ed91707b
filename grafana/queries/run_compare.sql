-- What is different from another run: the one named, else the same agent's run before it?
WITH
    {{figures}},
    {{html}},
    {{chosen_run}},
    (SELECT any((tenant, agent, started_at)) FROM v_runs WHERE {{run}}) AS whose,
    if(
        {{one other}} != '', {{one other}},
        ifNull((
            SELECT run_id FROM v_runs
            WHERE tenant = whose.1 AND agent = whose.2 AND started_at < whose.3
                AND started_at > whose.3 - toIntervalDay(7)
            ORDER BY started_at DESC, run_id DESC LIMIT 1
        ), '')) AS other_run,
    UUIDv7ToDateTime(toUUIDOrZero(substring(other_run, 5)), 'UTC') AS other_began,
    if(other_began > 0 OR other_run = '', other_began, toDateTime64('2149-01-01', 3, 'UTC')) AS other_began_by,
    [chosen_run, other_run] AS both,
    last_rounds AS
    (
        SELECT
            run_id, max(round) AS last_round,
            argMax(concat(system_prompt_name, if(system_prompt_version = '', '', ' v'), system_prompt_version), round) AS system_prompt,
            argMax(concat(user_prompt_name, if(user_prompt_version = '', '', ' v'), user_prompt_version), round) AS user_prompt,
            argMax(request_params, round) AS params
        FROM v_rounds
        WHERE (run_started_at BETWEEN began AND began_by OR run_started_at BETWEEN other_began AND other_began_by)
            AND run_id IN (chosen_run, other_run)
        GROUP BY run_id
    ),
    texts AS
    (
        SELECT
            run_id,
            argMaxIf(body, round, part = 'variables') AS variables,
            arrayStringConcat(arrayMap(
                m -> arrayStringConcat(arrayMap(
                    p -> if(JSONHas(p, 'content'), JSONExtractString(p, 'content'), pretty(p)),
                    JSONExtractArrayRaw(m.2, 'parts')), '\n'),
                arraySort(groupArrayIf((position, ifNull(body, '')), part = 'output' AND (run_id, round) IN (
                    SELECT run_id, last_round FROM last_rounds)))), '\n') AS answer
        FROM v_messages
        WHERE (
                run_started_at BETWEEN began AND began_by AND {{run_day}}
                OR run_started_at BETWEEN other_began AND other_began_by
                    AND day BETWEEN toDate(other_began) AND toDate(other_began_by))
            AND run_id IN (chosen_run, other_run)
        GROUP BY run_id
    ),
    facts AS
    (
        SELECT run_id, [
            ('Run', if(run_id = chosen_run, concat(run_label(run_id), ' (this run)'), run_label(run_id))),
            ('Started (UTC)', toString(started_at)),
            ('Agent', agent),
            ('Model', concat(provider, ' / ', model)),
            ('Status', concat(status, if(error_type = '', '', concat(': ', error_type)))),
            ('System prompt', system_prompt),
            ('User prompt', user_prompt),
            ('Request params', params),
            ('Variables', pretty(ifNull(variables, ''))),
            ('Rounds', toString(v_runs.rounds)),
            ('Tool calls', toString(v_runs.tool_calls)),
            ('Input tokens', toString(input_tokens)),
            ('Output tokens', toString(output_tokens)),
            ('From cache', toString(cache_read_tokens)),
            ('Cost', dollars(cost_usd, input_tokens + output_tokens)),
            ('Latency', duration(latency_ms)),
            ('Answer', leftUTF8(answer, 5000))
        ]::Array(Tuple(String, String)) AS told
        FROM v_runs
        LEFT JOIN last_rounds USING (run_id)
        LEFT JOIN texts USING (run_id)
        WHERE (started_at BETWEEN began AND began_by OR started_at BETWEEN other_began AND other_began_by)
            AND run_id IN (chosen_run, other_run)
    ),
    (a -> if(match(a, '[{\n]') OR lengthUTF8(a) > 80, boxed_cell(a), cell(a))) AS side
SELECT concat('<div style="min-height:{{pixels}}px">\n\n', if(
    other_run = '' OR countIf(run_id = other_run) = 0 OR countIf(run_id = chosen_run) = 0,
    'Nothing to compare with: put a run id into "Compare with" above, or follow "compare" in the list of this session.',
    concat('<table style="width:100%">', arrayStringConcat(arrayMap(
        (here, there) -> one_block(concat(
            '<tr><td valign="top" width="140" style="color:', if(here.2 = there.2, '#808080', '#d9822b'), '">', here.1,
            if(here.2 = there.2, '', ' ≠'), '</td><td valign="top" width="45%">', side(here.2),
            '</td><td valign="top" width="45%">', side(there.2), '</td></tr>')),
        anyIf(told, run_id = chosen_run), anyIf(told, run_id = other_run))), '</table>')), '\n\n</div>') AS "Comparison"
FROM facts
