-- Which contents does each round name, in order? One row for each, without the contents themselves.
-- For what counts them, and for what reads them by the whole key of `contents`. Others read `v_messages`.
CREATE VIEW IF NOT EXISTS named_contents AS
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
