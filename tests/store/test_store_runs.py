"""The row of a run is exact, whatever came twice, out of order, or not at all."""

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from invocation_otel.spans import attributes as names
from invocation_otel.store.client import Store
from landing_rows import RecordedRun, Row, now

THREE_ROUNDS = {
    "status": "success",
    "rounds": 3,
    "input_tokens": 300,
    "cost_usd": Decimal("0.003"),
    "latency_ms": 10_000,
}


def facts(store: Store, run: RecordedRun) -> list[dict[str, Any]]:
    """What `v_runs` says about *run*, for comparison."""
    return store.rows(
        "SELECT status, rounds, input_tokens, cost_usd, latency_ms FROM v_runs WHERE run_id = {run:String}",
        {"run": run.run_id},
    )


def test_every_column_of_a_run_is_what_its_span_said(store: Store) -> None:
    started_at = now() - timedelta(minutes=2)
    parent = RecordedRun(tenant="columns", started_at=started_at - timedelta(seconds=1))
    identity = {
        names.SESSION: "session-1",
        names.USER_ID: "user-1",
        names.CELERY_TASK_ID: "task-1",
        names.CELERY_TASK_NAME: "shop.answer",
        names.CELERY_RETRIES: "2",
        names.EXTERNAL_ID: "order-7",
        names.PARENT_RUN_ID: parent.run_id,
        names.ROOT_RUN_ID: parent.run_id,
        names.MEMORY_ENABLED: "true",
    }
    said = {
        names.STATUS: "failed",
        names.ERROR_TYPE: "ValueError",
        names.RUN_TOOL_CALLS: "4",
        names.RUN_CACHE_READ_TOKENS: "50",
        names.RUN_CACHE_WRITE_TOKENS: "7",
        names.RUN_UNPRICED: "1",
    }
    run = RecordedRun(tenant="columns", started_at=started_at, identity=identity)
    store.insert("otel_traces", [run.end(3, said, StatusCode="Error", StatusMessage="no such order")])

    [row] = store.rows("SELECT * FROM v_runs WHERE run_id = {run:String}", {"run": run.run_id})

    assert row == {
        "tenant": "columns",
        "run_id": run.run_id,
        "started_at": started_at,
        "ended_at": started_at + timedelta(seconds=10),
        "last_seen_at": started_at + timedelta(seconds=10),
        "latency_ms": 10_000,
        "status": "failed",
        "agent": "support",
        "provider": "openai",
        "model": "gpt-5-2026",
        "trigger": "user",
        "user_id": "user-1",
        "session_id": "session-1",
        "celery_task_id": "task-1",
        "celery_task_name": "shop.answer",
        "celery_retries": 2,
        "external_id": "order-7",
        "parent_run_id": parent.run_id,
        "root_run_id": parent.run_id,
        "memory_enabled": True,
        "rounds": 3,
        "tool_calls": 4,
        "input_tokens": 300,
        "output_tokens": 30,
        "cache_read_tokens": 50,
        "cache_write_tokens": 7,
        "cost_usd": Decimal("0.003"),
        "unpriced_rounds": 1,
        "error_type": "ValueError",
        "error_message": "no such order",
        "service": "shop",
        "environment": "test",
        "trace_id": run.trace_id,
        "span_id": run.span_id,
    }


def test_a_run_without_a_parent_is_its_own_root(store: Store) -> None:
    run = RecordedRun(tenant="roots")
    store.insert("otel_traces", [run.end(0)])
    [row] = store.rows("SELECT run_id, parent_run_id, root_run_id FROM v_runs WHERE tenant = 'roots'")
    assert row == {"run_id": run.run_id, "parent_run_id": "", "root_run_id": run.run_id}


def test_a_batch_sent_twice_is_stored_once(store: Store) -> None:
    """The answer to the first send was lost."""
    run = RecordedRun(tenant="twice")
    batch = [run.announcement(), run.round(1), run.tool_call(1), run.end(1, {names.FILES: '[{"name": "a.pdf"}]'})]
    for _ in range(2):
        store.insert("otel_traces", batch)
    sql = "SELECT count() AS n FROM {view:Identifier} WHERE tenant = 'twice'"
    views = ("v_runs", "v_rounds", "v_tool_calls", "v_files")
    counts = {view: store.rows(sql, {"view": view})[0]["n"] for view in views}
    assert counts == {"v_runs": 1, "v_rounds": 1, "v_tool_calls": 1, "v_files": 1}


def test_a_block_sent_twice_leaves_no_second_part(store: Store) -> None:
    """The engine drops the very same block by itself, so a Collector that retries for hours does not fill the disk."""
    batch = [RecordedRun(tenant="blocks").end(0)]
    for _ in range(3):
        store.insert("otel_traces", batch)
    assert store.rows("SELECT count() AS n FROM runs WHERE tenant = 'blocks'") == [{"n": 1}]


def test_spans_sent_again_in_other_batches_are_stored_once(store: Store) -> None:
    """A sender that restarts cuts its batches anew, so that no block equals one sent before."""
    run = RecordedRun(tenant="rebatched")
    spans = [run.announcement(), run.round(1), run.round(2), run.round(3), run.end(3)]
    for first, last in ((0, 5), (0, 2), (2, 5), (1, 4)):
        store.insert("otel_traces", spans[first:last])
    assert facts(store, run) == [THREE_ROUNDS]
    spend = store.rows("SELECT rounds, cost_usd FROM v_spend WHERE tenant = 'rebatched'")
    assert spend == [{"rounds": 3, "cost_usd": Decimal("0.003")}]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_the_order_of_arrival_does_not_matter(store: Store, order: tuple[int, ...]) -> None:
    run = RecordedRun(tenant="orders")
    batches: list[list[Row]] = [[run.announcement(), run.round(1)], [run.round(2), run.round(3)], [run.end(3)]]
    for number in order:
        store.insert("otel_traces", batches[number])
    assert facts(store, run) == [THREE_ROUNDS]


def test_a_lost_round_does_not_change_the_totals_of_its_run(store: Store) -> None:
    run = RecordedRun(tenant="lost-round")
    store.insert("otel_traces", [run.round(1), run.round(3), run.end(3)])
    assert facts(store, run) == [THREE_ROUNDS]


def test_a_run_whose_process_died_has_the_totals_of_its_last_round(store: Store) -> None:
    run = RecordedRun(tenant="died")
    for spans in ([run.announcement()], [run.round(2)], [run.round(1)]):
        store.insert("otel_traces", spans)
    assert facts(store, run) == [
        {"status": "running", "rounds": 2, "input_tokens": 200, "cost_usd": Decimal("0.002"), "latency_ms": None}
    ]


def test_an_announced_run_is_running_and_its_announcement_is_no_step_of_the_trace(store: Store) -> None:
    run = RecordedRun(tenant="announced")
    store.insert("otel_traces", [run.announcement()])
    rows = store.rows(
        "SELECT status, started_at, ended_at, trace_id, span_id, cost_usd FROM v_runs WHERE tenant = 'announced'"
    )
    assert rows == [
        {
            "status": "running",
            "started_at": run.started_at,
            "ended_at": None,
            "trace_id": run.trace_id,
            "span_id": run.span_id,
            "cost_usd": None,
        }
    ]
    assert store.rows("SELECT SpanId FROM spans WHERE tenant = 'announced'") == []


@pytest.mark.parametrize(("silent_minutes", "status"), [(14, "running"), (16, "lost")])
def test_a_run_is_lost_after_a_quarter_of_an_hour_without_news(store: Store, silent_minutes: int, status: str) -> None:
    tenant = f"silent-{silent_minutes}"
    run = RecordedRun(tenant=tenant, started_at=now() - timedelta(minutes=silent_minutes))
    store.insert("otel_traces", [run.announcement()])
    assert store.rows("SELECT status FROM v_runs WHERE tenant = {tenant:String}", {"tenant": tenant}) == [
        {"status": status}
    ]


def test_news_of_a_round_keeps_an_old_run_running(store: Store) -> None:
    run = RecordedRun(tenant="long", started_at=now() - timedelta(hours=1))
    store.insert("otel_traces", [run.announcement(), run.round(3000)])
    assert store.rows("SELECT status FROM v_runs WHERE tenant = 'long'") == [{"status": "running"}]


def test_the_status_is_one_of_the_four_words(store: Store) -> None:
    expected = {
        ("success", "Unset"): "success",
        ("failed", "Error"): "failed",
        ("timeout", "Error"): "timeout",
        ("cancelled", "Unset"): "cancelled",
        ("", "Error"): "failed",
        ("", "Unset"): "success",
        ("' OR 1=1 --", "Error"): "failed",
    }
    runs = {said: RecordedRun(tenant="statuses") for said in expected}
    spans = [run.end(0, {names.STATUS: status}, StatusCode=code) for (status, code), run in runs.items()]
    store.insert("otel_traces", spans)
    assert {said: facts(store, run)[0]["status"] for said, run in runs.items()} == expected


def test_a_run_without_a_tenant_belongs_to_its_resource_s_else_to_default(store: Store) -> None:
    of_resource = RecordedRun(tenant="")
    of_nobody = RecordedRun(tenant="")
    store.insert("otel_traces", [of_resource.end(0, ResourceAttributes={names.TENANT: "acme"}), of_nobody.end(0)])
    runs = {run.run_id: run for run in (of_resource, of_nobody)}
    rows = store.rows("SELECT run_id, tenant FROM v_runs WHERE run_id IN {runs:Array(String)}", {"runs": list(runs)})
    assert {row["run_id"]: row["tenant"] for row in rows} == {of_resource.run_id: "acme", of_nobody.run_id: "default"}
