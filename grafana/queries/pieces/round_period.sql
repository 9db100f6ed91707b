{{tenant}} AND $__timeFilter_ms(run_started_at)
