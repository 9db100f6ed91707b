-- How did the run's time pass, span by span, with whatever else is in its trace?
WITH
    {{chosen_run}},
    (SELECT any((tenant, trace_id)) FROM v_runs WHERE {{run}}) AS traced
SELECT
    TraceId AS traceID,
    SpanId AS spanID,
    ParentSpanId AS parentSpanID,
    ServiceName AS serviceName,
    SpanName AS operationName,
    toUnixTimestamp64Nano(Timestamp) * 0.000001 AS startTime,
    Duration * 0.000001 AS duration,
    arrayMap(key -> map('key', key, 'value', SpanAttributes[key]), mapKeys(SpanAttributes)) AS tags,
    arrayMap(key -> map('key', key, 'value', ResourceAttributes[key]), mapKeys(ResourceAttributes)) AS serviceTags,
    if(StatusCode = 'Error', 2, 0) AS statusCode
FROM spans FINAL
WHERE tenant = traced.1 AND TraceId = traced.2 AND TraceId != ''
ORDER BY Timestamp, SpanId
LIMIT 2000
