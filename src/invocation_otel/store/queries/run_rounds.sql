-- Which LLM calls did this run make, in order?
WITH
    {{began}}
SELECT *
FROM v_rounds
WHERE run_id = {run:String} AND run_started_at BETWEEN began AND began_by
ORDER BY round, started_at, span_id
