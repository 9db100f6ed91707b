CREATE MATERIALIZED VIEW IF NOT EXISTS stage_to_files TO files AS
WITH
    JSONExtractArrayRaw(files) AS as_sent,
    -- Half of a surrogate pair, as a file name may hold, makes the whole text unreadable for the parser.
    replaceRegexpAll(files, '\\\\u[dD][89a-fA-F][0-9a-fA-F]{2}', '?') AS without_surrogates,
    if(empty(as_sent), JSONExtractArrayRaw(without_surrogates), as_sent) AS readable
SELECT
    tenant,
    run_started_at,
    run_id,
    toUInt16(least(position, 65535)) AS position,
    JSONExtractString(file, 'name') AS name,
    JSONExtractString(file, 'media_type') AS media_type,
    JSONExtract(file, 'bytes', 'Nullable(UInt64)') AS bytes,
    JSONExtractString(file, 'sha256') AS sha256,
    JSONExtractString(file, 'source') AS source,
    JSONExtractString(file, 'uri') AS uri,
    JSONExtractBool(file, 'mirrored') AS mirrored
FROM stage
ARRAY JOIN readable AS file, arrayEnumerate(readable) AS position
WHERE kind = 'run' AND files != ''
