(n -> multiIf(
        n < 1000, toString(n), n < 1000000, concat(toString(round(n / 1000, 1)), 'k'),
        concat(toString(round(n / 1000000, 1)), 'M'))) AS compact,
    ((cost, tokens) -> multiIf(
        cost IS NOT NULL, concat('$', toString(cost)), tokens > 0, 'unpriced', '–')) AS dollars,
    (ms -> multiIf(
        ms IS NULL, '–', ms < 1000, concat(toString(ms), ' ms'),
        concat(toString(round(ms / 1000, 2)), ' s'))) AS duration,
    (id -> concat('run_…', right(id, 8))) AS run_label
