-- Days end in 2149: what is after it would be taken for another one.
    toDateTime64('2149-01-01 00:00:00', 3, 'UTC') AS last_time,
    parseDateTime64BestEffort(if({since:String} = '', '1970-01-01', {since:String}), 3, 'UTC') AS since_time,
    parseDateTime64BestEffort(if({until:String} = '', '2149-01-01', {until:String}), 3, 'UTC') AS until_time,
    least(since_time, last_time) AS from_time,
    least(until_time, last_time) AS to_time
