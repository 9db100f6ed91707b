-- Whose run is it, who ran, when, in which session and other run, and what went wrong?
WITH
    {{chosen_run}},
    (SELECT any((tenant, started_at)) FROM v_runs WHERE {{run}}) AS own,
    (
        SELECT run_id FROM v_runs
        WHERE tenant = own.1 AND (started_at < own.2 OR started_at = own.2 AND run_id < chosen_run)
            AND started_at > own.2 - toIntervalDay(7) AND started_at <= own.2
        ORDER BY started_at DESC, run_id DESC LIMIT 1
    ) AS previous_run,
    (
        SELECT run_id FROM v_runs
        WHERE tenant = own.1 AND (started_at > own.2 OR started_at = own.2 AND run_id > chosen_run)
            AND started_at < own.2 + toIntervalDay(7) AND started_at >= own.2
        ORDER BY started_at, run_id LIMIT 1
    ) AS next_run
-- Without GROUP BY there is a row even when there is no such run.
SELECT
    if(count() = 0, 'No such run: check its id; its retention may have ended.', any(found.agent)) AS "Agent",
    anyOrNull(found.started_at) AS "Started",
    any(if(found.provider = '', '', concat(found.provider, ' / ', found.model))) AS "Model",
    any(found.trigger) AS "Trigger",
    any(found.user_id) AS "User",
    any(found.session_id) AS "Session",
    any(concat(found.error_type, if(found.error_message = '', '', ': '), found.error_message)) AS "Error",
    any(found.tenant) AS "tenant",
    any(found.parent_run_id) AS "parent",
    ifNull(previous_run, '') AS "before",
    ifNull(next_run, '') AS "after",
    if("parent" = '', '', 'its parent ▴') AS "Inside",
    if("before" = '', '', '◂ previous') AS "Previous",
    if("after" = '', '', 'next ▸') AS "Next"
FROM (SELECT * FROM v_runs WHERE {{run}}) AS found
