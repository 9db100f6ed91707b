-- What did the model see and say in the last round of this run, as plain text?
WITH
    {{began}},
    JSONExtractArrayRaw(if(part = 'system', ifNull(body, ''), JSONExtractRaw(ifNull(body, ''), 'parts'))) AS parts
SELECT
    round, position, part, role,
    -- A part is a text with its content, or a call of a tool or its answer, shown as it is.
    if(
        empty(parts), body,
        arrayStringConcat(
            arrayMap(piece -> coalesce(nullIf(JSONExtractString(piece, 'content'), ''), piece), parts), '\n')) AS text
FROM v_messages
WHERE run_id = {run:String} AND run_started_at BETWEEN began AND began_by
    AND day BETWEEN toDate(began) AND toDate(began_by) AND part != 'variables'
    AND round = (
        SELECT max(round)
        FROM v_rounds
        WHERE run_id = {run:String} AND run_started_at BETWEEN began AND began_by
    )
ORDER BY span_id, position
