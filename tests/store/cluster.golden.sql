-- What does a span of a run say? One parse of its attributes and its JSON, which feeds every table below.
-- It stores nothing.
CREATE TABLE IF NOT EXISTS stage ON CLUSTER main
(
    kind LowCardinality(String),  -- announcement, run, round, tool_call
    is_foreign Bool,  -- another library's, which knows no run: its id is made from the trace and the parent span
    tenant LowCardinality(String),
    run_started_at DateTime64(3, 'UTC'),
    run_id UUID,
    started_at DateTime64(3, 'UTC'),
    ended_at DateTime64(3, 'UTC'),
    latency_ms UInt32,
    trace_id String,
    span_id String,
    parent_span_id String,
    parent_run_id UUID,
    root_run_id UUID,
    external_id String,
    service LowCardinality(String),
    environment LowCardinality(String),
    agent LowCardinality(String),
    provider LowCardinality(String),
    model LowCardinality(String),
    request_model LowCardinality(String),
    trigger LowCardinality(String),
    user_id String,
    session_id String,
    celery_task_id String,
    celery_task_name LowCardinality(String),
    celery_retries UInt32,
    memory_enabled Bool,
    status LowCardinality(String),
    error_type LowCardinality(String),
    error_message String,
    round UInt32,
    stop_reason LowCardinality(String),
    response_id String,
    input_tokens UInt64,
    output_tokens UInt64,
    cache_read_tokens UInt64,
    cache_write_tokens UInt64,
    reasoning_tokens UInt64,
    usage_valid Bool,
    cost_usd Nullable(Decimal(18, 9)),
    cost_input_usd Nullable(Decimal(18, 9)),
    cost_output_usd Nullable(Decimal(18, 9)),
    cost_cache_read_usd Nullable(Decimal(18, 9)),
    cost_cache_write_usd Nullable(Decimal(18, 9)),
    cost_source Enum8('unpriced' = 0, 'estimated' = 1, 'computed' = 2, 'provider' = 3),
    price_version LowCardinality(String),
    price_facts Map(LowCardinality(String), LowCardinality(String)),
    time_to_first_token_ms Nullable(UInt32),
    system_prompt_name LowCardinality(String),
    system_prompt_version LowCardinality(String),
    user_prompt_name LowCardinality(String),
    user_prompt_version LowCardinality(String),
    request_params String,
    memory_messages UInt32,
    memory_dropped UInt32,
    run_seq UInt32,
    run_rounds UInt32,
    run_tool_calls UInt32,
    run_input_tokens UInt64,
    run_output_tokens UInt64,
    run_cache_read_tokens UInt64,
    run_cache_write_tokens UInt64,
    run_cost_usd Nullable(Decimal(18, 9)),
    run_unpriced_rounds UInt32,
    run_provider LowCardinality(String),
    run_model LowCardinality(String),
    tool LowCardinality(String),
    tool_call_id String,
    tool_type LowCardinality(String),
    arguments String,
    result String,
    scope UInt64,
    system_hash FixedString(16),
    tools_hash FixedString(16),
    variables_hash FixedString(16),
    input_hashes Array(FixedString(16)),
    output_hashes Array(FixedString(16)),
    contents Array(Tuple(scope UInt64, hash FixedString(16), kind String, body String)),
    files String
)
ENGINE = Null
;
-- What did the model see and say, and which runs mention a word?
-- Every message, system prompt, tool definition and set of variables, once for each tenant, day and scope. The scope is
-- the session, else the trace, so that a conversation lies together. 0 is the tenant, for what all its runs share.
-- The hash is SHA-256, cut to 16 bytes: anybody can make it again, and nobody makes two texts with the same one.
CREATE TABLE IF NOT EXISTS contents_local ON CLUSTER main
(
    tenant LowCardinality(String),
    day Date,  -- of the run's start
    scope UInt64 CODEC(ZSTD(1)),
    hash FixedString(16) CODEC(ZSTD(1)),
    kind LowCardinality(String),  -- message, system, tools, variables
    role LowCardinality(String),
    body String CODEC(ZSTD(3)),
    bytes UInt32 MATERIALIZED length(body) CODEC(T64, ZSTD(1)),
    run_id UUID CODEC(ZSTD(1)),  -- the first run of the day that had it
    run_started_at DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1)),  -- the earlier, the higher
    retention_days UInt16 DEFAULT 90 CODEC(ZSTD(1)),
    ingested_at DateTime('UTC') DEFAULT now() CODEC(Delta(4), ZSTD(1)),
    -- JSON's \n and its like would glue words together.
    INDEX by_word body TYPE text(
        tokenizer = splitByNonAlpha, preprocessor = lower(replaceRegexpAll(body, '\\\\[ntrbf]', ' ')))
)
ENGINE = ReplicatedReplacingMergeTree(version)
PARTITION BY toMonday(day)
ORDER BY (tenant, day, scope, hash)
TTL toMonday(greatest(day, toDate(ingested_at))) + toIntervalDay(7 + retention_days)
SETTINGS index_granularity = 1024, index_granularity_bytes = 1048576, min_age_to_force_merge_seconds = 3600,
    min_age_to_force_merge_on_partition_only = 1, replicated_deduplication_window = 1000
;
CREATE TABLE IF NOT EXISTS contents ON CLUSTER main AS contents_local
ENGINE = Distributed(main, invocation, contents_local, cityHash64(tenant, scope))
;
CREATE MATERIALIZED VIEW IF NOT EXISTS stage_to_contents ON CLUSTER main TO contents AS
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
;
-- Which contents does each round name, in order? One row for each, without the contents themselves.
-- For what counts them, and for what reads them by the whole key of `contents`. Others read `v_messages`.
CREATE VIEW IF NOT EXISTS named_contents ON CLUSTER main AS
SELECT
    tenant, run_id, run_started_at, day, round, span_id, position,
    content.1 AS part,
    content.2 AS scope,
    content.3 AS hash
FROM
(
    SELECT
        tenant,
        concat('run_', replaceAll(toString(rounds.run_id), '-', '')) AS run_id,
        run_started_at,
        toDate(run_started_at) AS day,
        round,
        span_id,
        toFixedString('', 16) AS no_hash,
        arrayConcat(
            if(system_hash = no_hash, [], [('system', toUInt64(0), system_hash)]),
            if(tools_hash = no_hash, [], [('tools', toUInt64(0), tools_hash)]),
            arrayMap(
                (hash, number) -> (if(number <= memory_messages, 'memory', 'input'), scope, hash),
                input_hashes, arrayEnumerate(input_hashes)),
            arrayMap(hash -> ('output', scope, hash), output_hashes),
            if(variables_hash = no_hash, [], [('variables', scope, variables_hash)])) AS named
    FROM rounds FINAL
)
ARRAY JOIN named AS content, arrayEnumerate(named) AS position
SETTINGS use_skip_indexes_if_final_exact_mode = 0
;
-- What did the model see and say? One row for each part of a round, in order.
-- The contents stand on the left: what the round names is then looked for while they are read, and only found texts are
-- unpacked. A filter on tenant and day spares the other tenants and days (the setting: see 0019).
CREATE VIEW IF NOT EXISTS v_messages ON CLUSTER main
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
FROM (SELECT tenant, day, scope, hash, role, body FROM contents) AS contents
GLOBAL ANY RIGHT JOIN named_contents AS said
ON contents.tenant = said.tenant AND contents.day = said.day AND contents.scope = said.scope
    AND contents.hash = said.hash
SETTINGS use_skip_indexes_if_final_exact_mode = 0
;
ALTER TABLE runs_local ON CLUSTER main MODIFY COLUMN IF EXISTS retention_days
    DEFAULT ifNull(joinGetOrNull('invocation.tenant_retention', 'retention_days', tenant::String), 365)
;
ALTER TABLE runs ON CLUSTER main MODIFY COLUMN IF EXISTS retention_days
    DEFAULT ifNull(joinGetOrNull('invocation.tenant_retention', 'retention_days', tenant::String), 365)
;
-- A month longer than the runs, so that a filter offers everything that a run may still have.
ALTER TABLE facets_local ON CLUSTER main MODIFY TTL last_seen + toIntervalDay(35 + retention_days)
