run_id = chosen_run AND started_at = began
