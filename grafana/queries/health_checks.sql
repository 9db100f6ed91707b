-- Is what is stored complete and sound?
WITH
    (
        SELECT (
            countIf(cost_usd IS NULL AND (status = 'success' OR input_tokens + output_tokens > 0)),
            countIf(NOT usage_valid))
        FROM v_rounds WHERE $__timeFilter_ms(run_started_at)
    ) AS unsound
SELECT told.1 AS "Check", told.2 AS "Found", told.3 AS "What to do"
FROM
(
    SELECT arrayJoin([
        (
            'Rounds stored more than once',
            (
                SELECT count() - (SELECT count() FROM v_rounds WHERE $__timeFilter_ms(run_started_at))
                FROM rounds WHERE $__timeFilter_ms(run_started_at)
            ),
            'Nothing: every view counts them once, and merges remove them.'
        ),
        (
            'Lost runs: began, then silent for 15 minutes',
            (SELECT countIf(status = 'lost') FROM v_runs WHERE $__timeFilter_ms(started_at)),
            'Look whether their process was killed.'
        ),
        (
            'Ended runs that miss rounds',
            (
                SELECT count()
                FROM
                (
                    SELECT run_id, rounds AS said FROM runs FINAL
                    WHERE status != 'running' AND $__timeFilter_ms(started_at)
                ) AS ended
                LEFT JOIN
                (
                    SELECT run_id, count() AS seen FROM rounds FINAL
                    WHERE $__timeFilter_ms(run_started_at) GROUP BY run_id
                ) AS arrived USING (run_id)
                WHERE said > seen
            ),
            'Look at Delivery for spans that are on disk or dropped.'
        ),
        (
            'Rounds without a price',
            unsound.1,
            'Give their model a price: the Cost page lists them.'
        ),
        (
            'Rounds whose token counts contradict each other',
            unsound.2,
            'They are not priced: look at what the client reports.'
        )
    ]::Array(Tuple(String, Int64, String))) AS told
)
