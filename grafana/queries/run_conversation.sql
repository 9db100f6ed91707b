-- What did the model see and say in the chosen round, in order, and what went wrong in it?
WITH
    {{figures}},
    {{html}},
    {{chosen_run}},
    20000 AS longest,
    1500 AS longest_unfolded,
    {{one view}} AS look,
    -- Fences become boxes, because entities show as such inside markdown's own code; `code` with an entity likewise.
    (t -> splitByRegexp('(?m)^[ \\t]*(?:`{3,}|~{3,})[^`\\n]*$\\n?', t)) AS at_fences,
    (t -> replaceRegexpAll(replaceAll(escaped(t), '![', '!&#91;'), '`([^`\\n]*&[^`\\n]*)`', '<code>\\1</code>'))
        AS outside,
    (t -> arrayStringConcat(arrayMap(
        (piece, i) -> if(i % 2 = 1, outside(piece), pre(piece)), at_fences(t), arrayEnumerate(at_fences(t))))) AS rendered,
    (t -> if(look = 'rendered', rendered(leftUTF8(t, longest)), pre(leftUTF8(t, longest)))) AS said,
    (t -> if(
        lengthUTF8(t) <= longest_unfolded, said(t),
        concat(
            '\n\n<details><summary>', inline(replaceRegexpAll(leftUTF8(t, 160), '\\s+', ' ')), '… ',
            muted(concat(toString(lengthUTF8(t)), ' characters')), '</summary>\n\n', said(t),
            if(lengthUTF8(t) > longest, muted(concat('… ', toString(lengthUTF8(t) - longest), ' more characters')), ''),
            '\n\n</details>\n\n'))) AS folded,
    ((json, key) -> if(
        JSONType(json, key) = 'String', JSONExtractString(json, key), JSONExtractRaw(json, key))) AS string_or_raw,
    (who -> transform(
        who, ['system', 'user', 'assistant', 'tool', 'response'],
        ['#8f6bd9', '#3d71d9', '#2e9e5b', '#d9822b', '#2e9e5b'], '#808080')) AS colour,
    executed AS
    (
        SELECT groupArray((
            tool_call_id,
            concat(status, ' · ', duration(latency_ms), if(error_type = '', '', concat(' · ', error_type, ': ', error_message)))))
        FROM v_tool_calls WHERE {{run_part}} AND tool_call_id != ''
    ),
    parted AS
    (
        SELECT
            (span_id, position) AS place, position, part, multiIf(part = 'system', part, part = 'output', 'response', role) AS who,
            multiIf(part = 'memory', 'from memory', part = 'input', 'this turn', '') AS origin,
            ifNull(body, '(no longer kept)') AS stored,
            if(part = 'system', stored, JSONExtractRaw(stored, 'parts')) AS raw,
            if(
                look = 'stored' OR empty(JSONExtractArrayRaw(raw)),
                [concat('{"type":"text","content":', toJSONString(stored), '}')],
                JSONExtractArrayRaw(raw)) AS parts
        FROM v_messages
        WHERE {{round}} AND {{run_day}} AND part IN ('system', 'memory', 'input', 'output')
    ),
    messages AS
    (
        SELECT
            *,
            countIf(part = 'memory') OVER () AS from_memory,
            maxIf(position, part = 'input') OVER () AS last_input,
            groupArrayArray(arrayMap(
                p -> (JSONExtractString(p, 'id'), JSONExtractString(p, 'name')),
                arrayFilter(p -> JSONExtractString(p, 'type') = 'tool_call', parts))) OVER () AS calls
        FROM parted
    ),
    shown AS
    (
        SELECT
            place,
            multiIf(
                part = 'memory' AND from_memory > 2, ' messages from memory',
                part = 'input' AND last_input - position >= 20, ' earlier messages of this turn', '') AS fold,
            concat(
                '<div style="border-left:3px solid ', colour(who), ';padding-left:10px;margin-bottom:14px"><b style="color:',
                colour(who), '">',
                inline(if(who = 'response', 'LLM response', concat(upper(substring(who, 1, 1)), substring(who, 2)))),
                '</b> &nbsp; ', muted(origin), '\n\n',
                arrayStringConcat(arrayMap(
                    p -> arrayMap((kind, id) -> multiIf(
                        kind = 'text' AND JSONHas(p, 'content'), folded(string_or_raw(p, 'content')),
                        kind = 'reasoning' AND JSONHas(p, 'content'),
                        concat(muted('reasoning'), '\n\n', folded(string_or_raw(p, 'content'))),
                        kind = 'tool_call',
                        concat(
                            '\n\ncalls <code>', inline(JSONExtractString(p, 'name')), '</code> ',
                            muted(if(who = 'response', '→ its result is in the next round', '')),
                            pre(leftUTF8(pretty(string_or_raw(p, 'arguments')), longest))),
                        kind = 'tool_call_response',
                        concat(
                            '\n\nresult of <code>', inline(arrayFirst(call -> call.1 = id, calls).2), '</code> ',
                            muted(inline(arrayFirst(call -> call.1 = id, (SELECT * FROM executed)).2)),
                            pre(leftUTF8(pretty(string_or_raw(p, 'response')), longest))),
                        pre(leftUTF8(pretty(p), longest))),
                        [JSONExtractString(p, 'type')], [JSONExtractString(p, 'id')])[1],
                    parts), '\n\n'),
                '\n\n</div>') AS html
        FROM messages
    ),
    groups AS
    (
        SELECT
            min(place) AS first_place,
            if(
                any(fold) = '', any(html),
                concat(
                    '<details><summary>', toString(count()), any(fold), '</summary>\n\n',
                    arrayStringConcat(arrayMap(m -> m.2, arraySort(groupArray((place, html)))), '\n\n'),
                    '\n\n</details>')) AS html_of_group
        FROM shown
        GROUP BY if(fold = '', toString(place), fold)
    ),
    (
        SELECT any(concat(
            '<div style="border:1px solid #e02f44;padding:8px"><b style="color:#e02f44">', inline(status), '</b> &nbsp; ',
            inline(concat(error_type, if(error_message = '', '', ': '), error_message)), '</div>\n\n'))
        FROM v_rounds WHERE {{round}} AND status != 'success'
    ) AS error_box
SELECT concat('<div style="min-height:{{pixels}}px">\n\n', ifNull(error_box, ''), if(
    count() = 0,
    'No messages: there is no such round, content was not recorded, or it is no longer kept.',
    arrayStringConcat(arrayMap(g -> g.2, arraySort(groupArray((first_place, html_of_group)))), '\n\n')),
    '\n\n</div>') AS "Messages"
FROM groups
