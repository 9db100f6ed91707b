-- Which runs mention these words, newest first? A message must hold them all, in any case and order.
-- A text that many runs of a day repeat is told once, with the first run of that day that had it.
WITH
    found AS
    (
        WITH
            -- What the parts say. A call of a tool and its answer are shown as they are.
            JSONExtractArrayRaw(if(kind = 'system', body, JSONExtractRaw(body, 'parts'))) AS parts,
            arrayStringConcat(
                arrayMap(
                    part -> coalesce(
                        nullIf(JSONExtractString(part, 'content'), ''), replaceRegexpAll(part, '\\\\[ntrbf]', ' ')),
                    if(empty(parts), [body], parts)),
                ' ') AS text
        SELECT tenant, day, scope, hash, kind, role, text, run_id, run_started_at
        FROM contents FINAL
        WHERE ({tenant:String} = '' OR tenant = {tenant:String})
            AND day >=
                toDate(parseDateTime64BestEffort(if({since:String} = '', '1970-01-01', {since:String}), 3, 'UTC'))
            AND day <=
                toDate(parseDateTime64BestEffort(if({until:String} = '', '2149-01-01', {until:String}), 3, 'UTC'))
            AND run_started_at >=
                parseDateTime64BestEffort(if({since:String} = '', '1970-01-01', {since:String}), 3, 'UTC')
            AND run_started_at <
                parseDateTime64BestEffort(if({until:String} = '', '2200-01-01', {until:String}), 3, 'UTC')
            AND kind IN ('message', 'system')
            AND hasAllTokens(body, {words:String})
            -- Not in the names of JSON's members alone.
            AND hasAllTokens(lower(text), lower({words:String}))
        ORDER BY run_started_at DESC, run_id DESC, hash
        LIMIT {limit:UInt32}
    ),
    said AS
    (
        SELECT tenant, run_id, hash, min(round) AS first_round
        FROM rounds
        ARRAY JOIN arrayConcat(input_hashes, output_hashes, [system_hash]) AS hash
        WHERE (tenant, run_started_at, run_id) IN (SELECT tenant, run_started_at, run_id FROM found)
        GROUP BY tenant, run_id, hash
    ),
    positionCaseInsensitiveUTF8(text, splitByNonAlpha({words:String})[1]) AS first_word
SELECT
    tenant,
    concat('run_', replaceAll(toString(run_id), '-', '')) AS run_id,
    run_started_at AS started_at,
    nullIf(first_round, 0) AS round,
    if(kind = 'system', 'system', role) AS role,
    substringUTF8(text, greatest(toInt64(first_word) - 60, 1), 200) AS snippet
FROM found
LEFT JOIN said USING (tenant, run_id, hash)
ORDER BY started_at DESC, run_id DESC, round, hash
SETTINGS use_skip_indexes_if_final_exact_mode = 0
