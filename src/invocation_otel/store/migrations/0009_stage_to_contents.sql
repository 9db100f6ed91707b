CREATE MATERIALIZED VIEW IF NOT EXISTS stage_to_contents TO contents AS
SELECT
    tenant,
    toDate(run_started_at) AS day,
    content.scope AS scope,
    content.hash AS hash,
    content.kind AS kind,
    if(content.kind = 'message', JSONExtractString(content.body, 'role'), '') AS role,
    content.body AS body,
    run_id,
    run_started_at,
    toUInt64(greatest(4102444800000 - toUnixTimestamp64Milli(started_at), 0)) AS version
FROM
(
    SELECT tenant, run_id, run_started_at, started_at, arrayJoin(contents) AS content
    FROM stage
    WHERE notEmpty(contents)
)
ORDER BY tenant, day, scope, hash, version DESC
LIMIT 1 BY tenant, day, scope, hash
