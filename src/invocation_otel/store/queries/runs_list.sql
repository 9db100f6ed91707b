-- Which runs were there, newest first? An empty filter lets everything through.
SELECT *
FROM v_runs
WHERE ({tenant:String} = '' OR tenant = {tenant:String})
    AND started_at >= parseDateTime64BestEffort(if({since:String} = '', '1970-01-01', {since:String}), 3, 'UTC')
    AND started_at < parseDateTime64BestEffort(if({until:String} = '', '2200-01-01', {until:String}), 3, 'UTC')
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
