"""Give a price to rounds that were stored without one, because the price list did not know their model then."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from invocation_otel.spans import attributes as a
from invocation_otel.spans.prices import Cost, price
from invocation_otel.spans.usage import Usage

from .client import Store
from .settle import settle

_NANO = Decimal("1e-9")
_HOUR = timedelta(hours=1)
_COUNTS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")

# Rounds whose token counts contradict each other are not priced, and what used no tokens costs nothing.
_UNPRICED = """
rounds FINAL
WHERE cost_usd IS NULL AND usage_valid AND input_tokens + output_tokens > 0
    AND ({tenant:String} = '' OR tenant = {tenant:String})
    AND rounds.started_at >= {since:DateTime64(3, 'UTC')} AND rounds.started_at < {until:DateTime64(3, 'UTC')}
"""
_HOURS = "SELECT DISTINCT toStartOfHour(started_at) AS hour FROM <unpriced> ORDER BY hour".replace(
    "<unpriced>", _UNPRICED
)
_ROUNDS = """
SELECT
    tenant, toString(run_started_at) AS run_started_at, toString(run_id) AS run_id,
    toUnixTimestamp64Milli(rounds.started_at) AS started_ms, toString(rounds.started_at) AS started_at, span_id,
    provider, model, request_model, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
    reasoning_tokens, price_facts
FROM <unpriced>
""".replace("<unpriced>", _UNPRICED)
_WRITE_ROUNDS = """
INSERT INTO rounds
SELECT
    r.* REPLACE (
        greatest(toUInt64(toUnixTimestamp64Milli(now64(3))), r.version + 1) AS version,
        p.cost_usd AS cost_usd,
        p.cost_input_usd AS cost_input_usd,
        p.cost_output_usd AS cost_output_usd,
        p.cost_cache_read_usd AS cost_cache_read_usd,
        p.cost_cache_write_usd AS cost_cache_write_usd,
        p.cost_source AS cost_source,
        p.price_version AS price_version,
        now() AS ingested_at)
FROM (SELECT * FROM <unpriced>) AS r
INNER JOIN
(
    SELECT * FROM repricings FINAL
    WHERE started_at >= {since:DateTime64(3, 'UTC')} AND started_at < {until:DateTime64(3, 'UTC')}
) AS p ON p.tenant = r.tenant AND p.run_started_at = r.run_started_at AND p.run_id = r.run_id
    AND p.started_at = r.started_at AND p.span_id = r.span_id
""".replace("<unpriced>", _UNPRICED)
# What a run's own spans said stays apart from what was priced later, so the sum comes out right however often, and
# whenever, it is made. Foreign runs are added up from their rounds anyway.
_WRONG_RUNS = """
(
    SELECT * FROM runs FINAL
    WHERE NOT is_foreign AND (tenant, started_at, run_id) IN
    (
        SELECT tenant, run_started_at, run_id FROM repricings
        WHERE ({tenant:String} = '' OR tenant = {tenant:String})
            AND started_at >= {since:DateTime64(3, 'UTC')} AND started_at < {until:DateTime64(3, 'UTC')}
    )
) AS r
INNER JOIN
(
    SELECT tenant, run_id, toUInt32(count()) AS n, sum(cost_usd) AS later_usd FROM repricings FINAL
    GROUP BY tenant, run_id
) AS p ON p.tenant = r.tenant AND p.run_id = r.run_id
WHERE r.repriced_rounds != p.n OR r.repriced_usd != p.later_usd
"""
_COUNT_RUNS = "SELECT count() AS n FROM <wrong>".replace("<wrong>", _WRONG_RUNS)
_WRITE_RUNS = """
INSERT INTO runs
SELECT
    r.* REPLACE (
        if(r.version < 4294967295, bitOr(r.version, 1), r.version + 1) AS version,
        CAST(ifNull(r.cost_usd, 0) - r.repriced_usd + p.later_usd, 'Nullable(Decimal(18, 9))') AS cost_usd,
        toUInt32(greatest(toInt64(r.unpriced_rounds) + r.repriced_rounds - p.n, 0)) AS unpriced_rounds,
        p.n AS repriced_rounds,
        CAST(p.later_usd, 'Decimal(18, 9)') AS repriced_usd,
        now() AS ingested_at)
FROM <wrong>
""".replace("<wrong>", _WRONG_RUNS)


@dataclass(slots=True, kw_only=True)
class Report:
    """What `reprice` did."""

    rounds: int = 0
    """How many rounds got a price."""

    runs: int = 0
    """How many runs got other totals for it, those of other libraries left out."""

    cost_usd: Decimal = Decimal(0)
    """What those rounds cost together."""

    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many rounds still have no price, for each provider and model."""


def reprice(
    store: Store, *, since: datetime | None = None, until: datetime | None = None, tenant: str | None = None
) -> Report:
    """Price the rounds that have none and began from *since* until before *until*, at the list price of their hour.

    Without arguments it is about all there are. Doing it again changes nothing that is priced already.
    """
    settle(store)
    scope = {
        "tenant": tenant or "",
        "since": since or datetime(1970, 1, 1, tzinfo=UTC),
        "until": until or datetime(2200, 1, 1, tzinfo=UTC),
    }
    report = Report()
    for hour in store.rows(_HOURS, scope):
        _reprice_hour(store, _within(scope, hour["hour"]), report)
    report.runs = store.rows(_COUNT_RUNS, scope)[0]["n"]
    if report.runs:
        store.run(_WRITE_RUNS, scope)
    if report.rounds:
        settle(store)
    return report


def _within(scope: Mapping[str, Any], hour: datetime) -> dict[str, Any]:
    """*scope*, narrowed to one hour."""
    return {**scope, "since": max(scope["since"], hour), "until": min(scope["until"], hour + _HOUR)}


def _reprice_hour(store: Store, scope: Mapping[str, Any], report: Report) -> None:
    priced = list(_priced(store.rows(_ROUNDS, scope), report))
    store.insert("repricings", priced)
    if priced:
        store.run(_WRITE_ROUNDS, scope)


def _priced(rounds: list[dict[str, Any]], report: Report) -> Iterator[dict[str, str]]:
    """The rows of `repricings` for those of *rounds* that have a price; *report* counts them and the others."""
    for row in rounds:
        cost = _cost(row)
        if cost is None:
            report.unknown[row["provider"], row["model"]] += 1
            continue
        report.rounds += 1
        report.cost_usd += _dollars(cost.total)
        key = {name: row[name] for name in ("tenant", "run_started_at", "run_id", "started_at", "span_id")}
        yield key | {
            "cost_usd": str(_dollars(cost.total)),
            "cost_input_usd": str(_dollars(cost.input)),
            "cost_output_usd": str(_dollars(cost.output)),
            "cost_cache_read_usd": str(_dollars(cost.cache_read)),
            "cost_cache_write_usd": str(_dollars(cost.cache_write)),
            "cost_source": cost.source,
            "price_version": cost.version,
        }


def _cost(row: Mapping[str, Any]) -> Cost | None:
    facts = row["price_facts"]
    return price(
        provider=row["provider"],
        models=(row["model"], row["request_model"]),
        usage=_usage(row),
        at_ns=row["started_ms"] * 1_000_000,
        tier=facts.get(a.SERVICE_TIER, ""),
        address=facts.get(a.SERVER_ADDRESS, ""),
    )


def _usage(row: Mapping[str, Any]) -> Usage:
    counts = {name: row[name] for name in _COUNTS}
    others = {name: int(value) for name, value in row["price_facts"].items() if value.isdecimal()}
    return (Usage.from_attributes(others) or Usage())._replace(**counts)


def _dollars(nano: int) -> Decimal:
    return nano * _NANO
