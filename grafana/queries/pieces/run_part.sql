run_id = chosen_run AND run_started_at BETWEEN began AND began_by
