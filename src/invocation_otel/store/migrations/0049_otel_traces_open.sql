-- From here on the exporter's inserts, which name this column, are taken: see 0015.
ALTER TABLE otel_traces ADD COLUMN IF NOT EXISTS TraceState String AFTER ParentSpanId
