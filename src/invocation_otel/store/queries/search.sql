-- Which runs mention these words, newest first? A message must hold them all, in any case and order.
-- A text that many runs of a day repeat is told once, with the first run of that day that had it.
WITH
    {{times}},
    -- The index tells who holds the words, in a text or in the JSON around it. Only the newest of them are then read,
    -- but all of them when a word is one of those that stand in the JSON of every message.
    hasAny(
        splitByNonAlpha(lower({words:String})),
        ['role', 'parts', 'type', 'content', 'text', 'user', 'assistant', 'system', 'tool', 'id', 'name', 'call',
            'response', 'reasoning', 'finish', 'reason']) AS is_of_json,
    (
        SELECT groupArray((tenant, day, scope, hash))
        FROM
        (
            SELECT tenant, day, scope, hash
            FROM contents FINAL
            WHERE ({tenant:String} = '' OR tenant = {tenant:String})
                AND day BETWEEN toDate(from_time) AND toDate(to_time)
                AND run_started_at >= from_time
                AND run_started_at < to_time
                AND kind IN ('message', 'system')
                AND hasAllTokens(body, {words:String})
            ORDER BY run_started_at DESC, run_id DESC, hash
            LIMIT if(is_of_json, 1000000000, 20 * {limit:UInt32})
        )
    ) AS candidates,
    (
        SELECT groupArray((tenant, run_started_at, run_id, hash, if(kind = 'system', 'system', role), snippet))
        FROM
        (
            WITH
                -- What the parts say. A call of a tool and its answer are shown as they are.
                JSONExtractArrayRaw(if(kind = 'system', body, JSONExtractRaw(body, 'parts'))) AS parts,
                arrayStringConcat(
                    arrayMap(
                        part -> coalesce(
                            nullIf(JSONExtractString(part, 'content'), ''), replaceRegexpAll(part, '\\\\[ntrbf]', ' ')),
                        if(empty(parts), [body], parts)),
                    ' ') AS text,
                positionCaseInsensitiveUTF8(text, splitByNonAlpha({words:String})[1]) AS first_word
            SELECT
                tenant, run_started_at, run_id, hash, kind, role,
                substringUTF8(text, greatest(toInt64(first_word) - 60, 1), 200) AS snippet
            FROM contents FINAL
            WHERE (tenant, day, scope, hash) IN (SELECT arrayJoin(candidates))
                -- Not in the names of JSON's members alone.
                AND hasAllTokens(lower(text), lower({words:String}))
            ORDER BY run_started_at DESC, run_id DESC, hash
            LIMIT {limit:UInt32}
        )
    ) AS found,
    said AS
    (
        SELECT tenant, run_id, hash, min(round) AS first_round
        FROM rounds
        ARRAY JOIN arrayConcat(input_hashes, output_hashes, [system_hash]) AS hash
        WHERE (tenant, run_started_at, run_id) IN
            (SELECT tuple(row.1, row.2, row.3) FROM (SELECT arrayJoin(found) AS row))
        GROUP BY tenant, run_id, hash
    )
SELECT
    hit.1 AS tenant,
    concat('run_', replaceAll(toString(hit.3), '-', '')) AS run_id,
    hit.2 AS started_at,
    nullIf(first_round, 0) AS round,
    hit.5 AS role,
    hit.6 AS snippet
FROM (SELECT arrayJoin(found) AS hit) AS hits
LEFT JOIN said ON said.tenant = hit.1 AND said.run_id = hit.3 AND said.hash = hit.4
ORDER BY started_at DESC, run_id DESC, round, hit.4
SETTINGS use_skip_indexes_if_final_exact_mode = 0
