CREATE MATERIALIZED VIEW IF NOT EXISTS otel_traces_to_spans TO spans AS
WITH (name, value) -> length(value) <= 1024 AND name NOT IN (
    'gen_ai.input.messages', 'gen_ai.output.messages', 'gen_ai.system_instructions', 'gen_ai.tool.definitions',
    'gen_ai.tool.call.arguments', 'gen_ai.tool.call.result', 'invocation.prompt.variables') AS is_short
SELECT
    substringUTF8(coalesce(
        nullIf(toValidUTF8(otel_traces.SpanAttributes['invocation.tenant']), ''),
        nullIf(toValidUTF8(ResourceAttributes['invocation.tenant']), ''), 'default'), 1, 256) AS tenant,
    Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, ResourceAttributes, ScopeName,
    ScopeVersion,
    mapFilter(is_short, otel_traces.SpanAttributes) AS SpanAttributes,
    Duration, StatusCode, StatusMessage, Events.Timestamp, Events.Name,
    arrayMap(attributes -> mapFilter(is_short, attributes), otel_traces.`Events.Attributes`) AS `Events.Attributes`,
    Links.TraceId, Links.SpanId, Links.TraceState, Links.Attributes
FROM otel_traces
-- The announcement of a run is no step of its trace, nor is what a process reports about its delivery (see 0031).
WHERE otel_traces.SpanAttributes['invocation.pending'] != 'true'
    AND SpanName != 'invocation.delivery'
