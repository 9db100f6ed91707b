-- Where did the chosen round come from, and with which parameters was the model asked?
WITH
    {{figures}},
    {{html}},
    {{chosen_run}},
    (SELECT any(external_id) FROM v_runs WHERE {{run}}) AS callers_id
SELECT concat('<div style="min-height:{{pixels}}px">\n\n', if(count() = 0, 'No such round: choose one above.', any(card([
    ('Triggered by', cell(trigger)),
    ('User ID', cell(user_id)),
    ('Celery task ID', cell(celery_task_id)),
    ('Agent', cell(agent)),
    ('Provider', cell(provider)),
    ('Model', cell(model)),
    ('Model asked for', cell(request_model)),
    ('Status', cell(status)),
    ('Error', cell(concat(error_type, if(error_message = '', '', ': '), error_message))),
    ('Created (UTC)', toString(started_at)),
    ('Time to first token', duration(time_to_first_token_ms)),
    ('Short-term memory', if(memory_enabled, concat(toString(memory_messages), ' messages'), 'off')),
    ('Request params', boxed_cell(pretty(request_params))),
    ('Session', cell(session_id)),
    ('Tenant', cell(tenant)),
    ('Service', cell(concat(service, if(environment = '', '', concat(', ', environment))))),
    ('Run', run_id),
    ('External ID', cell(ifNull(callers_id, ''))),
    ('Response ID', cell(response_id)),
    ('Trace', cell(trace_id)),
    ('Span', cell(span_id))
]))), '\n\n</div>') AS "Metadata"
FROM v_rounds
WHERE {{round}}
