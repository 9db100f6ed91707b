-- Which runs were there, newest first? An empty filter lets everything through.
-- What is added up for each day says on which days such runs began, so that only those are read, and only as many as
-- fill the list. It knows no users and no sessions, and counts lost runs as running: then no day counts as full, and
-- where nothing but a user or a session is asked for, it is not looked at.
WITH
    {{times}},
    {user:String} = '' AND {session:String} = '' AND {status:String} NOT IN ('running', 'lost') AS is_counted,
    concat({agent:String}, {provider:String}, {model:String}, {status:String}, {trigger:String}, {memory:String}) = ''
        AND concat({user:String}, {session:String}) != '' AS is_personal,
    (
        SELECT groupArray(day)
        FROM
        (
            SELECT
                day,
                -- Of the first and the last day, a part may be asked for.
                sum(if(is_counted AND day > toDate(from_time) AND day < toDate(to_time), n, 0)) OVER later AS newer
            FROM
            (
                SELECT day, sum(runs) AS n
                FROM v_runs_daily
                WHERE NOT is_personal
                    AND ({tenant:String} = '' OR tenant = {tenant:String})
                    AND day BETWEEN toDate(from_time) AND toDate(to_time)
                    AND ({agent:String} = '' OR agent = {agent:String})
                    AND ({provider:String} = '' OR provider = {provider:String})
                    AND ({model:String} = '' OR model = {model:String})
                    AND ({status:String} = '' OR status = if({status:String} = 'lost', 'running', {status:String}))
                    AND ({trigger:String} = '' OR trigger = {trigger:String})
                    AND ({memory:String} = '' OR toString(memory_enabled) = {memory:String})
                GROUP BY day
            )
            WINDOW later AS (ORDER BY day DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
        )
        WHERE newer < {limit:UInt32}
    ) AS days,
    least(to_time, now64(3, 'UTC')) - toIntervalDay(7) AS week_before,
    -- Nor does it know what a user did: where the newest week fills the list of one, only that much of it is read.
    (
        SELECT if(count() < {limit:UInt32}, from_time, arrayReverseSort(groupArray(started_at))[{limit:UInt32}])
        FROM v_runs
        WHERE ({tenant:String} = '' OR tenant = {tenant:String})
            AND is_personal AND {session:String} = ''
            AND user_id = {user:String}
            AND started_at >= greatest(week_before, from_time)
            AND started_at < to_time
    ) AS full_from
SELECT *
FROM v_runs
WHERE ({tenant:String} = '' OR tenant = {tenant:String})
    AND (is_personal OR toDate(started_at) IN (SELECT arrayJoin(days)))
    AND started_at >= full_from
    AND started_at < to_time
    AND ({agent:String} = '' OR agent = {agent:String})
    AND ({provider:String} = '' OR provider = {provider:String})
    AND ({model:String} = '' OR model = {model:String})
    AND ({status:String} = '' OR status = {status:String})
    AND ({trigger:String} = '' OR trigger = {trigger:String})
    AND ({memory:String} = '' OR toString(memory_enabled) = {memory:String})
    AND ({user:String} = '' OR user_id = {user:String})
    AND ({session:String} = '' OR session_id = {session:String})
ORDER BY started_at DESC, run_id DESC
LIMIT {limit:UInt32}
