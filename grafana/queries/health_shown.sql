-- How many services and processes said something in this time range?
SELECT if(
    count() = 0,
    'Nothing arrived in this time range: widen it, or look whether OTEL_EXPORTER_OTLP_ENDPOINT of your agents and the Collector are right.',
    concat(toString(count()), ' processes of ', toString(uniqExact(service)), ' services')) AS "Shown"
FROM v_delivery
WHERE $__timeFilter_ms(last_seen_at)
