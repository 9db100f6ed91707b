-- Which session is it, and who took part?
SELECT
    if(
        count() = 0, 'No runs in this session: choose one above; only sessions with a run in the time range are listed.',
        any(session_id)) AS "Session",
    any(tenant) AS "Tenant",
    arrayStringConcat(groupUniqArray(5)(user_id), ', ') AS "Users",
    arrayStringConcat(groupUniqArray(5)(agent), ', ') AS "Agents"
FROM v_runs
WHERE {{session}}
