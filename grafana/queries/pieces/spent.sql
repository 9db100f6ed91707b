(
    SELECT
        hour, agent, provider, model, rounds, input_tokens, output_tokens, cache_read_tokens, cost_usd, unpriced_rounds
    FROM v_usage_hourly
    WHERE {{tenant}} AND hour > toStartOfHour(toTimeZone($__fromTime, 'UTC'))
        AND hour < toStartOfHour(toTimeZone($__toTime, 'UTC'))
    UNION ALL
    -- Of the first and the last hour, a part is asked for.
    SELECT
        toStartOfHour(started_at) AS hour, agent, provider, model, 1, input_tokens, output_tokens, cache_read_tokens,
        cost_usd, cost_usd IS NULL AND (status = 'success' OR input_tokens + output_tokens > 0)
    FROM v_rounds
    WHERE {{tenant}} AND $__timeFilter_ms(started_at)
        AND (started_at < toStartOfHour($__fromTime, 'UTC') + toIntervalHour(1)
            OR started_at >= toStartOfHour($__toTime, 'UTC'))
) AS spent
