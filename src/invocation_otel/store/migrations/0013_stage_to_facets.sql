CREATE MATERIALIZED VIEW IF NOT EXISTS stage_to_facets TO facets AS
SELECT tenant, facet, value, max(day) AS last_seen
FROM
(
    SELECT
        tenant,
        toDate(run_started_at) AS day,
        [
            ('agent', agent::String), ('provider', provider::String), ('model', model::String),
            ('trigger', trigger::String), ('user', user_id), ('status', if(kind = 'run', status::String, '')),
            ('error_type', error_type::String), ('tool', tool::String), ('service', service::String),
            ('environment', environment::String)
        ] AS said
    FROM stage
)
ARRAY JOIN said.1 AS facet, said.2 AS value
WHERE value != '' AND length(value) <= 256
GROUP BY tenant, facet, value
