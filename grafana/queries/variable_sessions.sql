-- Which sessions had a run in this time, newest first?
SELECT session_id FROM v_runs WHERE {{period}} AND session_id != '' GROUP BY session_id ORDER BY max(started_at) DESC
LIMIT 500
