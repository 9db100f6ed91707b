-- Is everything here that was produced? One row for each process that reported in the last 15 days.
-- What is stored is counted over all tenants: one process may record the runs of many.
CREATE VIEW IF NOT EXISTS v_delivery
(
    tenant LowCardinality(String) COMMENT 'of the process. Its spans may be of many',
    service LowCardinality(String) COMMENT 'service.name of the process',
    process_id String COMMENT 'tells the processes of one service apart, forks included',
    first_seen_at DateTime64(3, 'UTC') COMMENT 'its first span or report',
    last_seen_at DateTime64(3, 'UTC') COMMENT 'its last span or report',
    produced UInt64 COMMENT 'spans that ended by its last report, without announcements and reports',
    stored UInt64 COMMENT 'of those and of later ones, how many are here, each counted once',
    missing Nullable(UInt64) COMMENT 'neither stored nor in the next three, or still on its way. NULL after 14 days',
    spooled UInt64 COMMENT 'spans on its disk by its last report',
    refused UInt64 COMMENT 'spans that the endpoint will not take as they are, kept on its disk',
    dropped UInt64 COMMENT 'spans it lost',
    shortened UInt64 COMMENT 'spans that are here with long texts cut'
) AS
SELECT
    reported.tenant AS tenant,
    reported.service AS service,
    reported.process_id AS process_id,
    if(here.stored = 0, first_reported_at, least(first_reported_at, first_started_at)) AS first_seen_at,
    greatest(last_reported_at, last_started_at) AS last_seen_at,
    report.produced AS produced,
    here.stored AS stored,
    if(
        first_reported_at < now() - toIntervalDay(14), NULL,
        toUInt64(greatest(
            toInt256(report.produced) - here.stored - report.spooled - report.refused - report.dropped, 0))) AS missing,
    report.spooled AS spooled,
    report.refused AS refused,
    report.dropped AS dropped,
    report.shortened AS shortened
FROM (SELECT * FROM deliveries FINAL) AS reported
LEFT JOIN
(
    SELECT
        process_id,
        uniqExact(TraceId, SpanId) AS stored,
        toDateTime64(min(Timestamp), 3, 'UTC') AS first_started_at,
        toDateTime64(max(Timestamp), 3, 'UTC') AS last_started_at
    FROM spans
    WHERE process_id != ''
    GROUP BY process_id
) AS here ON here.process_id = reported.process_id
