-- How many runs match the filters, and where do the older ones begin?
WITH toUInt32OrZero({{one rows}}) AS page
SELECT
    if(
        total = 0,
        'No runs match: widen the time range or clear a filter. No runs at all? Pipeline health says what arrives.',
        concat('newest ', toString(least(total, page)), ' of ', toString(total), ' runs')) AS "Shown",
    if(total > page, 'older runs ▸', '') AS "Older",
    toString(-newest[least(page, length(newest))]) AS "oldest"
FROM
(
    -- 5000 is the most that can be listed.
    SELECT count() AS total, groupArraySorted(5000)(-toUnixTimestamp64Milli(started_at)) AS newest
    FROM v_runs
    WHERE {{filters}}
)
