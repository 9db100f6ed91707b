-- Where did the chosen round come from, and with which parameters was the model asked?
WITH
    {{figures}},
    {{html}},
    {{chosen_run}},
    -- What the round's row does not say: who called the run by which id, and which task's try it was.
    (SELECT any((external_id, celery_task_name, celery_retries)) FROM v_runs WHERE {{run}}) AS of_run
SELECT concat('<div style="min-height:{{pixels}}px">\n\n', if(count() = 0, 'No such round: choose one above.', any(card([
    ('Triggered by', cell(trigger)),
    ('User ID', cell(user_id)),
    ('Celery task', cell(concat(of_run.2, if(of_run.3 = 0, '', concat(', retry ', toString(of_run.3)))))),
    ('Celery task ID', cell(celery_task_id)),
    ('Agent', cell(agent)),
    ('Provider', cell(provider)),
    ('Model', cell(model)),
    ('Model asked for', cell(request_model)),
    ('Status', cell(status)),
    ('Error', cell(concat(error_type, if(error_message = '', '', ': '), error_message))),
    ('Created (UTC)', toString(started_at)),
    ('Time to first token', duration(time_to_first_token_ms)),
    ('Short-term memory', concat(
        if(memory_enabled, concat(toString(memory_messages), ' messages'), 'off'),
        if(memory_dropped = 0, '', concat(', ', toString(memory_dropped), ' of the round before no longer there')))),
    ('Request params', boxed_cell(pretty(request_params))),
    ('Session', cell(session_id)),
    ('Tenant', cell(tenant)),
    ('Service', cell(concat(service, if(environment = '', '', concat(', ', environment))))),
    ('Run', run_id),
    ('External ID', cell(of_run.1)),
    ('Response ID', cell(response_id)),
    ('Trace', cell(trace_id)),
    ('Span', cell(span_id))
]))), '\n\n</div>') AS "Metadata"
FROM v_rounds
WHERE {{round}}
