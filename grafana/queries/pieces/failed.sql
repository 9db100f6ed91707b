status IN ('failed', 'timeout', 'lost')
