-- What did the model see and say in this round, in order?
-- As `v_messages`, but what the round names is found first, so that the contents are read by their whole key.
WITH
    {{began}},
    (
        SELECT groupArray((tenant, run_id, run_started_at, day, round, span_id, position, part, scope, hash))
        FROM named_contents
        WHERE run_id = {run:String} AND run_started_at BETWEEN began AND began_by AND round = {round:UInt32}
    ) AS named,
    said AS
    (
        SELECT
            name.1 AS tenant, name.2 AS run_id, name.3 AS run_started_at, name.4 AS day, name.5 AS round,
            name.6 AS span_id, name.7 AS position, name.8 AS part, name.9 AS scope, name.10 AS hash
        FROM (SELECT arrayJoin(named) AS name)
    )
SELECT
    said.tenant AS tenant, said.run_id AS run_id, said.run_started_at AS run_started_at, said.day AS day,
    said.round AS round, said.span_id AS span_id, said.position AS position, said.part AS part,
    kept.role AS role,
    if(kept.hash = said.hash, kept.body, NULL) AS body,
    lower(hex(said.hash)) AS hash
FROM said
ANY LEFT JOIN
(
    SELECT tenant, day, scope, hash, role, body
    FROM contents
    WHERE (tenant, day, scope, hash) IN (SELECT said.tenant, said.day, said.scope, said.hash FROM said)
) AS kept ON kept.scope = said.scope AND kept.hash = said.hash
ORDER BY span_id, position
