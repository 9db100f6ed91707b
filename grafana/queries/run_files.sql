-- Which files was the run given, where do they lie, and are they what they were?
WITH {{chosen_run}}
SELECT
    if(is_file, name, 'No file was given to this run.') AS "Filename",
    -- Only what a browser can open becomes a link.
    if(match(files.uri, '^https?://'), files.uri, '') AS "uri",
    media_type AS "Media type",
    if(is_file, bytes, NULL) AS "Size",
    if(is_file, concat(source, if(mirrored, ', mirrored', ', not mirrored')), '') AS "Source",
    files.uri AS "Lies at",
    sha256 AS "SHA-256"
FROM (SELECT true AS always) AS answer
LEFT JOIN (SELECT *, true AS is_file FROM v_files WHERE {{run_part}}) AS files ON is_file = always
ORDER BY position
