-- Which files was a run given? One row a file.
CREATE VIEW IF NOT EXISTS v_files
(
    tenant LowCardinality(String) COMMENT 'whose run it is',
    run_id String COMMENT 'run_ and 32 hex digits',
    run_started_at DateTime64(3, 'UTC') COMMENT 'when its run began',
    position UInt16 COMMENT '1, 2, … in its run',
    name String COMMENT 'as the caller named it',
    media_type LowCardinality(String) COMMENT 'such as application/pdf',
    bytes Nullable(UInt64) COMMENT 'its size, NULL for a URL that was not fetched',
    sha256 String COMMENT 'of its bytes, empty for a URL that was not fetched',
    source LowCardinality(String) COMMENT 'path, bytes, url or object',
    uri String COMMENT 'where it lies',
    mirrored Bool COMMENT 'a copy of its bytes was stored'
) AS
SELECT
    tenant,
    concat('run_', replaceAll(toString(files.run_id), '-', '')) AS run_id,
    run_started_at, position, name, media_type, bytes, sha256, source, uri, mirrored
FROM files FINAL
SETTINGS use_skip_indexes_if_final_exact_mode = 0
