-- How many runs failed, ran out of time or were lost in the last 24 hours?
SELECT countIf({{failed}}) AS value FROM v_runs WHERE {{tenant}} AND started_at >= now() - toIntervalDay(1)
