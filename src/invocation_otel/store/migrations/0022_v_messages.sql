-- What did the model see and say? One row for each part of a round, in order.
-- The contents stand on the left: what the round names is then looked for while they are read, and only found texts are
-- unpacked. A filter on tenant and day spares the other tenants and days (the setting: see 0019).
CREATE VIEW IF NOT EXISTS v_messages
(
    tenant LowCardinality(String) COMMENT 'whose run it is',
    run_id String COMMENT 'run_ and 32 hex digits',
    run_started_at DateTime64(3, 'UTC') COMMENT 'when its run began',
    day Date COMMENT 'the day of run_started_at',
    round UInt32 COMMENT 'the round that sent or got it',
    span_id String COMMENT 'the round''s own span',
    position UInt32 COMMENT '1, 2, … in the round',
    part LowCardinality(String) COMMENT 'system, tools, memory, input, output, or variables: what filled the prompts',
    role LowCardinality(String) COMMENT 'of a message: system, user, assistant, tool',
    body Nullable(String) COMMENT 'JSON, NULL when no longer kept',
    hash String COMMENT 'the first 32 hex digits of the body''s SHA-256'
) AS
SELECT
    said.tenant AS tenant,
    said.run_id AS run_id,
    said.run_started_at AS run_started_at,
    said.day AS day,
    said.round AS round,
    said.span_id AS span_id,
    said.position AS position,
    said.part AS part,
    contents.role AS role,
    if(contents.hash = said.hash, contents.body, NULL) AS body,
    lower(hex(said.hash)) AS hash
FROM contents
ANY RIGHT JOIN named_contents AS said
ON contents.tenant = said.tenant AND contents.day = said.day AND contents.scope = said.scope
    AND contents.hash = said.hash
SETTINGS use_skip_indexes_if_final_exact_mode = 0
