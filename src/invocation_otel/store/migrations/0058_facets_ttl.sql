-- A month longer than the runs, so that a filter offers everything that a run may still have.
ALTER TABLE facets MODIFY TTL last_seen + toIntervalDay(35 + retention_days)
