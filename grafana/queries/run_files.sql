-- Which files was the run given, where do they lie, and are they what they were?
WITH {{chosen_run}}
SELECT
    name AS "Filename",
    -- Only what a browser can open becomes a link.
    if(match(uri, '^https?://'), uri, '') AS "uri",
    media_type AS "Media type",
    bytes AS "Size",
    concat(source, if(mirrored, ', mirrored', ', not mirrored')) AS "Source",
    v_files.uri AS "Lies at",
    sha256 AS "SHA-256"
FROM v_files
WHERE {{run_part}}
ORDER BY position
