{{tenant}} AND run_started_at IN (SELECT arrayJoin(listed.1)) AND run_id IN (SELECT arrayJoin(listed.2))
