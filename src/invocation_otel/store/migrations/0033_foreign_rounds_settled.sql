-- Which round of its run is a round of another library? Nobody numbers those, and the parts of a run come in any order,
-- so every minute the new ones, and with them all of their traces, are numbered by their start.
-- A round inside a round is the same call, told by two layers of libraries: it is taken back, if the outer one says how
-- many tokens there were.
CREATE MATERIALIZED VIEW IF NOT EXISTS foreign_rounds_settled REFRESH EVERY 1 MINUTE APPEND TO rounds AS
WITH
    -- As a value, because the engine would look for it again wherever it is named.
    (
        SELECT groupArray((tenant, trace_id, run_started_at)) FROM rounds FINAL WHERE is_foreign AND round = 0
    ) AS fresh,
    concerned AS
    (
        SELECT *
        FROM rounds FINAL
        WHERE is_foreign
            AND run_started_at >= arrayMin(fresh.3) - toIntervalDay(1)
            AND run_started_at <= arrayMax(fresh.3) + toIntervalDay(1)
            AND (tenant, trace_id) IN (SELECT one.1, one.2 FROM (SELECT arrayJoin(fresh) AS one))
    ),
    outer_rounds AS (SELECT tenant, trace_id, span_id FROM concerned WHERE input_tokens + output_tokens > 0),
    judged AS
    (
        SELECT
            *,
            (tenant, trace_id, parent_span_id) IN outer_rounds AS is_inside,
            if(
                is_inside, 0,
                row_number() OVER (PARTITION BY tenant, run_id, is_inside ORDER BY started_at, span_id)) AS number
        FROM concerned
    )
SELECT
    * EXCEPT (is_inside, number)
    REPLACE (
        number AS round,
        is_inside AS deleted,
        greatest(toUInt64(toUnixTimestamp64Milli(now64(3))), version + 1) AS version,
        now() AS ingested_at)
FROM judged
WHERE judged.round != number OR is_inside
-- All versions of a row are of the same origin, so its index holds for them: most stores have few such rounds.
SETTINGS use_skip_indexes_if_final_exact_mode = 0
