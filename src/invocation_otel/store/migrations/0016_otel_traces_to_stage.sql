-- A view that throws refuses the whole batch, for ever: every expression here has a value, whatever an attribute holds.
CREATE MATERIALIZED VIEW IF NOT EXISTS otel_traces_to_stage TO stage AS
WITH
    -- Reads decimal text digit by digit, exponents too, and never passes through a float. Less than nothing is no cost.
    text -> if(toDecimal64OrNull(text, 9) >= 0, toDecimal64OrNull(text, 9), NULL) AS dollars,
    a['gen_ai.operation.name'] AS operation,
    a['invocation.run.id'] AS id_text,
    toUUID('00000000-0000-0000-0000-000000000000') AS no_run,
    -- The version 'f' of such an id says that there is no time in it.
    if(operation = 'invoke_agent' OR ParentSpanId = '', SpanId, ParentSpanId) AS owner_span,
    multiIf(
        is_foreign AND match(concat(TraceId, owner_span), '^[0-9a-f]{48}$'), toUUIDOrZero(concat(
            substring(TraceId, 1, 12), 'f', substring(TraceId, 14, 3), owner_span)),
        match(id_text, '^run_[0-9a-f]{32}$'), toUUIDOrZero(substring(id_text, 5)),
        no_run) AS id,
    if(is_foreign, toDateTime64(Timestamp, 3, 'UTC'), UUIDv7ToDateTime(id, 'UTC')) AS id_time,
    -- A run's week is its partition, and an insert may touch 100. What is older than this has outlived its retention.
    id != no_run AND id_time > now() - toIntervalWeek(95) AND id_time < now() + toIntervalDay(2) AS is_of_run,
    toUUIDOrZero(substring(a['invocation.root_run.id'], 5)) AS outermost,
    a['gen_ai.conversation.id'] AS session,
    cityHash64(if(session = '', TraceId, session)) AS own_scope,
    toFixedString('', 16) AS no_hash,
    a['gen_ai.input.messages'] AS input_text,
    a['gen_ai.output.messages'] AS output_text,
    a['gen_ai.system_instructions'] AS system_text,
    a['gen_ai.tool.definitions'] AS tools_text,
    a['invocation.prompt.variables'] AS variables_text,
    -- What the parser refuses (half a surrogate pair, a cut text) is kept whole, as one message.
    JSONExtractArrayRaw(input_text) AS parsed_inputs,
    JSONExtractArrayRaw(output_text) AS parsed_outputs,
    if(empty(parsed_inputs) AND input_text NOT IN ('', '[]'), [input_text], parsed_inputs) AS inputs,
    if(empty(parsed_outputs) AND output_text NOT IN ('', '[]'), [output_text], parsed_outputs) AS outputs,
    arrayMap(text -> toFixedString(substring(SHA256(text), 1, 16), 16), inputs) AS of_inputs,
    arrayMap(text -> toFixedString(substring(SHA256(text), 1, 16), 16), outputs) AS of_outputs,
    if(system_text = '', no_hash, toFixedString(substring(SHA256(system_text), 1, 16), 16)) AS of_system,
    if(tools_text = '', no_hash, toFixedString(substring(SHA256(tools_text), 1, 16), 16)) AS of_tools,
    if(variables_text = '', no_hash, toFixedString(substring(SHA256(variables_text), 1, 16), 16)) AS of_variables
SELECT
    multiIf(
        NOT is_of_run, '',
        operation = 'invoke_agent' AND a['invocation.pending'] = 'true', 'announcement',
        operation = 'invoke_agent' AND (is_foreign OR mapContains(a, 'invocation.status')), 'run',
        operation IN ('chat', 'generate_content', 'text_completion', 'embeddings')
            AND (is_foreign OR mapContains(a, 'invocation.round.index')), 'round',
        operation = 'execute_tool', 'tool_call',
        '') AS kind,
    is_foreign,
    substringUTF8(coalesce(
        nullIf(a['invocation.tenant'], ''),
        nullIf(toValidUTF8(ResourceAttributes['invocation.tenant']), ''),
        'default'), 1, 256) AS tenant,
    id_time AS run_started_at,
    id AS run_id,
    -- No further than hours reach (2106, days 2149): one later or earlier time in a part, and the engine looks for the
    -- days and hours of all others in the wrong place. `spans` has the time as it was told.
    least(greatest(toDateTime64(Timestamp, 3, 'UTC'), toDateTime64(0, 3, 'UTC')), toDateTime64('2106-01-01', 3, 'UTC'))
        AS started_at,
    started_at + toIntervalMillisecond(latency_ms) AS ended_at,
    toUInt32(least(intDiv(Duration, 1000000), 4294967295)) AS latency_ms,
    TraceId AS trace_id,
    SpanId AS span_id,
    ParentSpanId AS parent_span_id,
    toUUIDOrZero(substring(a['invocation.parent_run.id'], 5)) AS parent_run_id,
    if(outermost = no_run, id, outermost) AS root_run_id,
    a['invocation.external_id'] AS external_id,
    toValidUTF8(ServiceName) AS service,
    toValidUTF8(ResourceAttributes['deployment.environment.name']) AS environment,
    a['gen_ai.agent.name'] AS agent,
    a['gen_ai.provider.name'] AS provider,
    if(a['gen_ai.response.model'] != '', a['gen_ai.response.model'], a['gen_ai.request.model']) AS model,
    a['gen_ai.request.model'] AS request_model,
    a['invocation.trigger'] AS trigger,
    a['user.id'] AS user_id,
    session AS session_id,
    a['invocation.celery.task_id'] AS celery_task_id,
    a['invocation.celery.task_name'] AS celery_task_name,
    toUInt32OrZero(a['invocation.celery.retries']) AS celery_retries,
    a['invocation.memory.enabled'] = 'true' AS memory_enabled,
    multiIf(
        a['invocation.status'] IN ('success', 'failed', 'timeout', 'cancelled'), a['invocation.status'],
        StatusCode = 'Error', 'failed',
        'success') AS status,
    a['error.type'] AS error_type,
    substringUTF8(toValidUTF8(StatusMessage), 1, 2048) AS error_message,
    -- Numbered when all of them are there, see 0033.
    if(is_foreign, 0, toUInt32OrZero(a['invocation.round.index'])) AS round,
    arrayStringConcat(JSONExtract(a['gen_ai.response.finish_reasons'], 'Array(String)'), ',') AS stop_reason,
    a['gen_ai.response.id'] AS response_id,
    toUInt64OrZero(a['gen_ai.usage.input_tokens']) AS input_tokens,
    toUInt64OrZero(a['gen_ai.usage.output_tokens']) AS output_tokens,
    toUInt64OrZero(a['gen_ai.usage.cache_read.input_tokens']) AS cache_read_tokens,
    toUInt64OrZero(a['gen_ai.usage.cache_write.input_tokens']) AS cache_write_tokens,
    toUInt64OrZero(a['gen_ai.usage.reasoning.output_tokens']) AS reasoning_tokens,
    a['invocation.usage.valid'] != 'false'
        AND (NOT is_foreign OR cache_read_tokens + cache_write_tokens <= input_tokens) AS usage_valid,
    dollars(a['invocation.cost.total']) AS cost_usd,
    dollars(a['invocation.cost.input']) AS cost_input_usd,
    dollars(a['invocation.cost.output']) AS cost_output_usd,
    dollars(a['invocation.cost.cache_read']) AS cost_cache_read_usd,
    dollars(a['invocation.cost.cache_write']) AS cost_cache_write_usd,
    multiIf(
        cost_usd IS NULL, 'unpriced',
        a['invocation.cost.source'] IN ('estimated', 'computed', 'provider'), a['invocation.cost.source'],
        'estimated') AS cost_source,
    a['invocation.cost.price_version'] AS price_version,
    mapFilter((name, value) -> value NOT IN ('', '0') AND name IN (
        'anthropic.usage.cache_creation.ephemeral_1h_input_tokens', 'gen_ai.usage.audio.input_tokens',
        'gen_ai.usage.audio.output_tokens', 'gen_ai.usage.audio.cache_read.input_tokens',
        'gen_ai.usage.image.input_tokens', 'gen_ai.usage.image.output_tokens',
        'gen_ai.usage.image.cache_read.input_tokens', 'invocation.usage.web_searches', 'openai.response.service_tier',
        'server.address'), a) AS price_facts,
    accurateCastOrNull(
        round(toFloat64OrNull(a['gen_ai.response.time_to_first_chunk']) * 1000), 'UInt32') AS time_to_first_token_ms,
    a['invocation.prompt.system.name'] AS system_prompt_name,
    a['invocation.prompt.system.version'] AS system_prompt_version,
    a['invocation.prompt.user.name'] AS user_prompt_name,
    a['invocation.prompt.user.version'] AS user_prompt_version,
    a['invocation.request.params'] AS request_params,
    toUInt32OrZero(a['invocation.memory.messages']) AS memory_messages,
    toUInt32OrZero(a['invocation.memory.dropped']) AS memory_dropped,
    toUInt32OrZero(a['invocation.run.seq']) AS run_seq,
    toUInt32OrZero(a['invocation.run.rounds']) AS run_rounds,
    toUInt32OrZero(a['invocation.run.tool_calls']) AS run_tool_calls,
    toUInt64OrZero(a['invocation.run.input_tokens']) AS run_input_tokens,
    toUInt64OrZero(a['invocation.run.output_tokens']) AS run_output_tokens,
    toUInt64OrZero(a['invocation.run.cache_read_tokens']) AS run_cache_read_tokens,
    toUInt64OrZero(a['invocation.run.cache_write_tokens']) AS run_cache_write_tokens,
    dollars(a['invocation.run.cost']) AS run_cost_usd,
    toUInt32OrZero(a['invocation.run.unpriced']) AS run_unpriced_rounds,
    a['invocation.run.provider'] AS run_provider,
    a['invocation.run.model'] AS run_model,
    a['gen_ai.tool.name'] AS tool,
    a['gen_ai.tool.call.id'] AS tool_call_id,
    a['gen_ai.tool.type'] AS tool_type,
    a['gen_ai.tool.call.arguments'] AS arguments,
    a['gen_ai.tool.call.result'] AS result,
    own_scope AS scope,
    of_system AS system_hash,
    of_tools AS tools_hash,
    of_variables AS variables_hash,
    of_inputs AS input_hashes,
    of_outputs AS output_hashes,
    arrayConcat(
        arrayMap((hash, body) -> (own_scope, hash, 'message', body), of_inputs, inputs),
        arrayMap((hash, body) -> (own_scope, hash, 'message', body), of_outputs, outputs),
        if(system_text = '', [], [(toUInt64(0), of_system, 'system', system_text)]),
        if(tools_text = '', [], [(toUInt64(0), of_tools, 'tools', tools_text)]),
        if(variables_text = '', [], [(own_scope, of_variables, 'variables', variables_text)])) AS contents,
    a['invocation.files'] AS files
FROM
(
    -- By itself, because the engine would work out `a` again wherever it is named.
    -- What others call it is looked for in their spans only, for it takes longer than all else.
    WITH mapApply((name, value) -> (name, toValidUTF8(value)), SpanAttributes) AS as_unicode
    SELECT
        Timestamp, TraceId, SpanId, ParentSpanId, ServiceName, ResourceAttributes, Duration, StatusCode, StatusMessage,
        false AS is_foreign, CAST(as_unicode, 'Map(LowCardinality(String), String)') AS a
    FROM otel_traces
    WHERE SpanAttributes['invocation.run.id'] != ''
    UNION ALL
    WITH
        mapApply((name, value) -> (name, toValidUTF8(value)), SpanAttributes) AS as_unicode,
        CAST(as_unicode, 'Map(LowCardinality(String), String)') AS said,
        -- What other libraries call it: the first that says something, newest spelling first.
        (names) -> arrayFirst(text -> text != '', arrayMap(name -> said[name], names)) AS first_of,
        transform(
            said['openinference.span.kind'], ['LLM', 'EMBEDDING', 'AGENT', 'TOOL'],
            ['chat', 'embeddings', 'invoke_agent', 'execute_tool'], '') AS of_openinference,
        transform(
            said['traceloop.span.kind'], ['workflow', 'agent', 'tool'],
            ['invoke_agent', 'invoke_agent', 'execute_tool'], '') AS of_openllmetry,
        transform(
            said['llm.request.type'], ['chat', 'completion', 'embedding'],
            ['chat', 'text_completion', 'embeddings'], '') AS of_request,
        said['ai.operationId'] AS of_vercel_sdk,
        multiIf(
            match(of_vercel_sdk, '^ai\\.(generate|stream)(Text|Object)\\.do(Generate|Stream)$'), 'chat',
            match(of_vercel_sdk, '^ai\\.(generate|stream)(Text|Object)$'), 'invoke_agent',
            of_vercel_sdk = 'ai.toolCall', 'execute_tool',
            of_vercel_sdk = 'ai.embed.doEmbed', 'embeddings', '') AS of_vercel,
        -- Its counts leave out what was cached, and beside them stands what Anthropic said.
        name -> if(of_vercel = 'chat', JSONExtractUInt(
            said['ai.response.providerMetadata'], 'anthropic', 'usage', name), 0) AS of_anthropic,
        of_anthropic('cache_read_input_tokens') AS vercel_cache_read,
        of_anthropic('cache_creation_input_tokens') AS vercel_cache_write,
        vercel_cache_read + vercel_cache_write AS vercel_cached,
        -- Each of MLflow's values is JSON.
        name -> JSONExtractString(said[name]) AS of_mlflow,
        transform(
            of_mlflow('mlflow.spanType'), ['CHAT_MODEL', 'LLM', 'EMBEDDING', 'AGENT', 'TOOL'],
            ['chat', 'generate_content', 'embeddings', 'invoke_agent', 'execute_tool'], '') AS mlflow_operation,
        -- What was cached and what was reasoning stands in the provider's usage only: Logfire, LangSmith, MLflow.
        arrayFirst(text -> text NOT IN ('', 'null'), [
            said['gen_ai.usage.raw'], said['langsmith.metadata.usage_metadata'],
            JSONExtractRaw(said['mlflow.spanOutputs'], 'usage'), said['mlflow.chat.tokenUsage']]) AS usage_text,
        greatest(
            vercel_cache_read, JSONExtractUInt(usage_text, 'cache_read_input_tokens'),
            JSONExtractUInt(usage_text, 'prompt_tokens_details', 'cached_tokens'),
            JSONExtractUInt(usage_text, 'input_tokens_details', 'cached_tokens'),
            JSONExtractUInt(usage_text, 'input_token_details', 'cache_read')) AS json_cache_read,
        greatest(
            vercel_cache_write, JSONExtractUInt(usage_text, 'cache_creation_input_tokens'),
            JSONExtractUInt(usage_text, 'input_token_details', 'cache_creation')) AS json_cache_write,
        greatest(
            JSONExtractUInt(usage_text, 'completion_tokens_details', 'reasoning_tokens'),
            JSONExtractUInt(usage_text, 'output_tokens_details', 'reasoning_tokens'),
            JSONExtractUInt(usage_text, 'output_token_details', 'reasoning')) AS json_reasoning,
        if(
            said['gen_ai.operation.name'] IN ('invoke_workflow', 'handle_conversation_turn'), 'invoke_agent',
            coalesce(
                nullIf(said['gen_ai.operation.name'], ''), nullIf(of_openinference, ''), nullIf(of_openllmetry, ''),
                nullIf(of_request, ''), nullIf(of_vercel, ''), mlflow_operation)) AS foreign_operation,
        coalesce(
            nullIf(first_of(['gen_ai.provider.name', 'gen_ai.system', 'llm.provider', 'llm.system']), ''),
            nullIf(of_mlflow('mlflow.llm.provider'), ''), of_mlflow('mlflow.message.format')) AS told_provider,
        -- OpenAI, and openai.chat: an endpoint of theirs.
        splitByChar('.', lower(told_provider))[1] AS provider_family,
        multiIf(
            provider_family IN ('openai', 'anthropic', 'cohere', 'deepseek', 'groq', 'perplexity'), provider_family,
            -- It names itself, and only Bedrock's ids of models begin with their maker.
            provider_family = 'strands-agents' AND match(
                said['gen_ai.request.model'],
                '^((us|eu|apac)\\.)?(amazon|anthropic|meta|cohere|mistral|ai21|deepseek|qwen|writer)\\.'),
            'aws.bedrock',
            told_provider) AS foreign_provider,
        -- Messages in one attribute for each word of theirs.
        (before, after) -> arrayStringConcat(arrayMap(
            number -> concat(
                '{"role":', toJSONString(said[concat(before, toString(number), after, 'role')]),
                ',"parts":[{"type":"text","content":',
                toJSONString(said[concat(before, toString(number), after, 'content')]),
                '}]}'),
            arrayFilter(
                number -> mapContains(said, concat(before, toString(number), after, 'role')),
                range(least(length(said), 1000)))), ',') AS messages_of,
        arrayFirst(list -> list != '', [
            messages_of('llm.input_messages.', '.message.'), messages_of('gen_ai.prompt.', '.')
        ]) AS listed_inputs,
        arrayFirst(list -> list != '', [
            messages_of('llm.output_messages.', '.message.'), messages_of('gen_ai.completion.', '.')
        ]) AS listed_outputs,
        first_of(['llm.finish_reason', 'gen_ai.response.finish_reason', 'llm.response.finish_reason',
            'gen_ai.response.stop_reason', 'gen_ai.completion.0.finish_reason']) AS one_finish_reason,
        [
            ('gen_ai.operation.name', foreign_operation),
            ('gen_ai.provider.name', foreign_provider),
            ('gen_ai.request.model', coalesce(
                nullIf(first_of(['gen_ai.request.model', 'llm.request.model_name']), ''),
                nullIf(JSONExtractString(said['llm.invocation_parameters'], 'model'), ''),
                nullIf(first_of(['llm.model_name', 'embedding.model_name']), ''),
                JSONExtractString(said['mlflow.spanInputs'], 'model'))),
            ('gen_ai.response.model', coalesce(
                nullIf(first_of([
                    'gen_ai.response.model', 'llm.response.model_name', 'llm.response.model', 'llm.model_name']), ''),
                nullIf(JSONExtractString(
                    said['gen_ai.completion'], 'generations', 1, 1, 'message', 'kwargs', 'response_metadata',
                    'model_name'), ''),
                nullIf(JSONExtractString(said['mlflow.spanOutputs'], 'model'), ''),
                of_mlflow('mlflow.llm.model'))),
            ('gen_ai.agent.name', coalesce(
                nullIf(first_of([
                    'gen_ai.agent.name', 'agent.name',
                    if(foreign_operation = 'invoke_agent', 'traceloop.entity.name', 'agent.name'),
                    'ai.telemetry.functionId']), ''),
                if(mlflow_operation = 'invoke_agent', of_mlflow('mlflow.spanFunctionName'), ''))),
            ('gen_ai.conversation.id', first_of([
                'gen_ai.conversation.id', 'session.id', 'traceloop.association.properties.session_id',
                'traceloop.association.properties.thread_id', 'ai.telemetry.metadata.sessionId'])),
            ('user.id', first_of([
                'user.id', 'enduser.id', 'traceloop.association.properties.user_id', 'gen_ai.user', 'llm.user',
                'ai.telemetry.metadata.userId'])),
            ('gen_ai.usage.input_tokens', if(
                vercel_cached > 0, toString(toUInt64OrZero(said['gen_ai.usage.input_tokens']) + vercel_cached),
                coalesce(
                    nullIf(first_of([
                        'gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens', 'llm.token_count.prompt',
                        'llm.usage.prompt_tokens']), ''),
                    JSONExtractRaw(said['mlflow.chat.tokenUsage'], 'input_tokens')))),
            ('gen_ai.usage.output_tokens', coalesce(
                nullIf(first_of([
                    'gen_ai.usage.output_tokens', 'gen_ai.usage.completion_tokens', 'llm.token_count.completion',
                    'llm.usage.completion_tokens']), ''),
                JSONExtractRaw(said['mlflow.chat.tokenUsage'], 'output_tokens'))),
            ('gen_ai.usage.cache_read.input_tokens', if(
                json_cache_read > 0, toString(json_cache_read),
                first_of([
                    'gen_ai.usage.cache_read.input_tokens', 'gen_ai.usage.cache_read_input_tokens',
                    'llm.token_count.prompt_details.cache_read', 'gen_ai.usage.cached_input_tokens']))),
            ('gen_ai.usage.cache_write.input_tokens', if(
                json_cache_write > 0, toString(json_cache_write),
                first_of([
                    'gen_ai.usage.cache_write.input_tokens', 'gen_ai.usage.cache_creation.input_tokens',
                    'gen_ai.usage.cache_creation_input_tokens', 'llm.token_count.prompt_details.cache_write',
                    'gen_ai.usage.cache_write_input_tokens']))),
            ('gen_ai.usage.reasoning.output_tokens', if(
                json_reasoning > 0, toString(json_reasoning),
                first_of([
                    'gen_ai.usage.reasoning.output_tokens', 'gen_ai.usage.reasoning_tokens',
                    'gen_ai.usage.details.reasoning_tokens',
                    'llm.token_count.completion_details.reasoning', 'llm.usage.reasoning_tokens']))),
            ('gen_ai.response.finish_reasons', if(
                said['gen_ai.response.finish_reasons'] = '' AND one_finish_reason != '',
                toJSONString([one_finish_reason]), said['gen_ai.response.finish_reasons'])),
            ('gen_ai.tool.name', coalesce(
                nullIf(first_of(['gen_ai.tool.name', 'tool.name', 'traceloop.entity.name', 'ai.toolCall.name']), ''),
                of_mlflow('mlflow.spanFunctionName'))),
            ('gen_ai.tool.call.id', first_of([
                'gen_ai.tool.call.id', 'tool_call.id', 'tool.id', 'ai.toolCall.id'])),
            ('gen_ai.tool.call.arguments', first_of([
                'gen_ai.tool.call.arguments', 'input.value', 'traceloop.entity.input', 'ai.toolCall.args',
                'mlflow.spanInputs'])),
            ('gen_ai.tool.call.result', first_of([
                'gen_ai.tool.call.result', 'output.value', 'traceloop.entity.output', 'ai.toolCall.result',
                'mlflow.spanOutputs'])),
            ('gen_ai.input.messages', multiIf(
                said['gen_ai.input.messages'] != '', said['gen_ai.input.messages'],
                listed_inputs != '', concat('[', listed_inputs, ']'),
                coalesce(
                    nullIf(first_of(['input.value', 'traceloop.entity.input', 'ai.prompt.messages']), ''),
                    nullIf(JSONExtractRaw(said['mlflow.spanInputs'], 'messages'), ''), said['mlflow.spanInputs']))),
            ('gen_ai.output.messages', multiIf(
                said['gen_ai.output.messages'] != '', said['gen_ai.output.messages'],
                listed_outputs != '', concat('[', listed_outputs, ']'),
                first_of(['output.value', 'traceloop.entity.output', 'ai.response.text', 'mlflow.spanOutputs'])))
        ] AS foreign_names,
        if(
            foreign_operation = '', said,
            mapUpdate(said, CAST(foreign_names, 'Map(LowCardinality(String), String)'))) AS a
    SELECT
        Timestamp, TraceId, SpanId, ParentSpanId, ServiceName, ResourceAttributes, Duration, StatusCode, StatusMessage,
        true AS is_foreign, a
    FROM otel_traces
    WHERE SpanAttributes['invocation.run.id'] = ''
)
WHERE kind != ''
