run_id = chosen_run AND run_started_at = began
