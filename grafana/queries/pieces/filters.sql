{{period}}
    AND $__conditionalAll(has({{many agent}}, agent), $agent)
    AND $__conditionalAll(has({{many provider}}, provider), $provider)
    AND $__conditionalAll(has({{many model}}, model), $model)
    AND $__conditionalAll(has({{many status}}, status), $status)
    AND $__conditionalAll(has({{many trigger}}, trigger), $trigger)
    AND $__conditionalAll(has({{many memory}}, if(memory_enabled, 'on', 'off')), $memory)
    AND $__conditionalAll(has({{many user}}, user_id), $user)
    AND ({{one text}} = '' OR run_id IN (
        SELECT concat('run_', replaceAll(toString(said_in.run_id), '-', ''))
        FROM contents AS said_in
        WHERE {{tenant}} AND day >= toDate($__fromTime) AND day <= toDate($__toTime)
            AND {{one text}} != '' AND hasAllTokens(body, {{one text}})
    ))
