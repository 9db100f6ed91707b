{{tenant}} AND $__timeFilter_ms(started_at)
