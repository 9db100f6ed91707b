UUIDv7ToDateTime(toUUIDOrZero(substring({run:String}, 5)), 'UTC') AS began,
    -- There is no time in the id of a run that another library made.
    if(began > 0, began, toDateTime64('2149-01-01', 3, 'UTC')) AS began_by
