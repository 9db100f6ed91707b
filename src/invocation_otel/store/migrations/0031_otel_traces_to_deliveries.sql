CREATE MATERIALIZED VIEW IF NOT EXISTS otel_traces_to_deliveries TO deliveries AS
SELECT
    substringUTF8(coalesce(
        nullIf(toValidUTF8(ResourceAttributes['invocation.tenant']), ''), 'default'), 1, 256) AS tenant,
    toValidUTF8(ServiceName) AS service,
    toValidUTF8(ResourceAttributes['invocation.process.id']) AS process_id,
    min(toDateTime64(Timestamp, 3, 'UTC')) AS first_reported_at,
    max(toDateTime64(Timestamp, 3, 'UTC')) AS last_reported_at,
    now() AS last_ingested_at,
    max((
        toUInt64OrZero(SpanAttributes['invocation.delivery.produced']),
        toDateTime64(Timestamp, 3, 'UTC'),
        toUInt64OrZero(SpanAttributes['invocation.delivery.spooled']),
        toUInt64OrZero(SpanAttributes['invocation.delivery.refused']),
        toUInt64OrZero(SpanAttributes['invocation.delivery.dropped']),
        toUInt64OrZero(SpanAttributes['invocation.delivery.shortened']))) AS report
FROM otel_traces
WHERE SpanName = 'invocation.delivery'
GROUP BY tenant, service, process_id
