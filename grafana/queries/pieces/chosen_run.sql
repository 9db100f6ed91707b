{{one run}} AS chosen_run,
    UUIDv7ToDateTime(toUUIDOrZero(substring(chosen_run, 5)), 'UTC') AS began
