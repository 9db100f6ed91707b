"""What is added up in advance is what the rows say: at any moment, whatever came twice, late, or was corrected."""

import random
import time
from datetime import timedelta
from typing import Any

import pytest

from invocation_otel.spans import attributes as names
from invocation_otel.store.client import Store
from invocation_otel.store.reprice import reprice
from invocation_otel.store.settle import roll_up
from landing_rows import RecordedRun, Row, now

FROM_ROUNDS = """
    count() AS rounds, sum(v_rounds.input_tokens) AS input_tokens, sum(v_rounds.output_tokens) AS output_tokens,
    sum(v_rounds.cache_read_tokens) AS cache_read_tokens, sum(v_rounds.cache_write_tokens) AS cache_write_tokens,
    sum(v_rounds.cost_usd) AS cost_usd,
    countIf(v_rounds.cost_usd IS NULL AND (v_rounds.status = 'success'
        OR v_rounds.input_tokens + v_rounds.output_tokens > 0)) AS unpriced_rounds
FROM v_rounds WHERE tenant = {tenant:String} GROUP BY ALL ORDER BY ALL
"""
TRUTHS = {
    "v_spend": "SELECT tenant, toDate(started_at) AS day, user_id, uniqExact(run_id) AS runs," + FROM_ROUNDS,
    "v_usage_hourly": "SELECT tenant, toStartOfHour(started_at) AS hour, agent, provider, model," + FROM_ROUNDS,
    "v_runs_daily": """
        SELECT
            tenant, toDate(started_at) AS day, agent, provider, model, trigger,
            if(v_runs.status = 'lost', 'running', v_runs.status) AS status, error_type, memory_enabled, service,
            environment, count() AS runs, sum(v_runs.rounds) AS rounds, sum(v_runs.tool_calls) AS tool_calls,
            sum(v_runs.input_tokens) AS input_tokens, sum(v_runs.output_tokens) AS output_tokens,
            sum(v_runs.cost_usd) AS cost_usd, sum(v_runs.unpriced_rounds) AS unpriced_rounds,
            sum(ifNull(v_runs.latency_ms, 0)) AS latency_ms
        FROM v_runs WHERE tenant = {tenant:String} GROUP BY ALL ORDER BY ALL
        """,
}
TABLES = {"v_spend": "usage_daily_user", "v_usage_hourly": "usage_hourly", "v_runs_daily": "runs_daily"}


def shown(store: Store, tenant: str) -> dict[str, list[dict[str, Any]]]:
    """What the views show of *tenant*."""
    sql = "SELECT * FROM {view:Identifier} WHERE tenant = {tenant:String} ORDER BY ALL"
    return {view: store.rows(sql, {"view": view, "tenant": tenant}) for view in TRUTHS}


def rolled_up(store: Store, tenant: str) -> dict[str, list[dict[str, Any]]]:
    """What the tables behind the views hold, without what is gone."""
    answer = {}
    for view, table in TABLES.items():
        counted = "runs" if view == "v_runs_daily" else "rounds"
        sql = (
            "SELECT * EXCEPT (computed_at, retention_days) FROM {table:Identifier} FINAL "
            "WHERE tenant = {tenant:String} AND {counted:Identifier} > 0 ORDER BY ALL"
        )
        answer[view] = store.rows(sql, {"table": table, "tenant": tenant, "counted": counted})
    return answer


def truth(store: Store, tenant: str) -> dict[str, list[dict[str, Any]]]:
    """The same, added up from the rows."""
    return {view: store.rows(sql, {"tenant": tenant}) for view, sql in TRUTHS.items()}


def company(tenant: str) -> list[Row]:
    """The spans of runs over a few days, of two agents and three users."""
    seeded = random.Random(tenant)
    spans = []
    for number in range(12):
        started_at = now() - timedelta(hours=7 * number, seconds=60)
        identity = {names.AGENT: f"agent-{number % 2}", names.USER_ID: f"user-{number % 3}"}
        run = RecordedRun(tenant=tenant, started_at=started_at, identity=identity)
        cost = {names.COST_TOTAL: seeded.choice(["", "0.000000001", "2.5"])}
        spans += [run.announcement(), run.round(1, cost), run.round(2), run.end(2)]
    seeded.shuffle(spans)
    return spans


@pytest.mark.parametrize("again", [1, 2, 100], ids="every {} comes twice".format)
def test_rollups_are_exact_after_every_batch_in_any_order_and_twice(store: Store, again: int) -> None:
    tenant = f"rollups-{again}"
    spans = company(tenant)
    for first in range(0, len(spans), 12):
        store.insert("otel_traces", spans[first : first + 12])
        assert shown(store, tenant) == truth(store, tenant), "before it is rolled up"
        roll_up(store)
        assert shown(store, tenant) == rolled_up(store, tenant) == truth(store, tenant)
        store.insert("otel_traces", spans[: first + 12 : again])
    roll_up(store)
    assert shown(store, tenant) == rolled_up(store, tenant) == truth(store, tenant)
    assert sum(row["rounds"] for row in rolled_up(store, tenant)["v_spend"]) == 24


def test_a_group_that_is_gone_counts_no_more(store: Store) -> None:
    run = RecordedRun(tenant="rollups-gone")
    store.insert("otel_traces", [run.announcement(), run.round(1)])
    roll_up(store)
    assert [row["status"] for row in rolled_up(store, run.tenant)["v_runs_daily"]] == ["running"]
    store.insert("otel_traces", [run.end(1)])
    assert [row["status"] for row in shown(store, run.tenant)["v_runs_daily"]] == ["success"]
    roll_up(store)
    assert [row["status"] for row in rolled_up(store, run.tenant)["v_runs_daily"]] == ["success"]


def test_a_price_that_is_found_later_reaches_the_rollups(store: Store) -> None:
    run = RecordedRun(tenant="rollups-price", started_at=now() - timedelta(days=3))
    unpriced = {names.REQUEST_MODEL: "gpt-4o", names.RESPONSE_MODEL: "gpt-4o", names.COST_TOTAL: ""}
    store.insert("otel_traces", [run.round(1, unpriced)])
    roll_up(store)
    assert [row["cost_usd"] for row in rolled_up(store, run.tenant)["v_spend"]] == [None]
    report = reprice(store, tenant=run.tenant)
    assert [row["cost_usd"] for row in shown(store, run.tenant)["v_spend"]] == [report.cost_usd]
    roll_up(store)
    assert rolled_up(store, run.tenant) == truth(store, run.tenant)
    assert [row["cost_usd"] for row in rolled_up(store, run.tenant)["v_usage_hourly"]] == [report.cost_usd]


def test_the_views_that_do_it_have_no_complaint(store: Store) -> None:
    rows = store.rows("SELECT view, exception FROM system.view_refreshes ORDER BY view")
    assert {row["view"]: row["exception"] for row in rows} == {
        "foreign_rounds_settled": "",
        "foreign_runs_settled": "",
        "runs_daily_rolled_up": "",
        "usage_daily_user_rolled_up": "",
        "usage_hourly_rolled_up": "",
    }


def test_the_embedded_engine_refreshes_views_by_itself(store: Store) -> None:
    """As long as it is open; with a second instead of a minute, to see it."""
    store.run("CREATE TABLE ticks (at DateTime) ENGINE = Memory")
    store.run("CREATE MATERIALIZED VIEW ticking REFRESH EVERY 1 SECOND APPEND TO ticks AS SELECT now() AS at")
    try:
        patience_ends = time.monotonic() + 10
        while store.rows("SELECT uniqExact(at) AS n FROM ticks")[0]["n"] < 3:
            assert time.monotonic() < patience_ends, "it stands still"
            time.sleep(0.2)
    finally:
        store.run("DROP VIEW ticking SYNC")
        store.run("DROP TABLE ticks SYNC")
