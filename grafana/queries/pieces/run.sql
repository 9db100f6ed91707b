run_id = chosen_run AND started_at BETWEEN began AND began_by
