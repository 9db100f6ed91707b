"""What is forgotten is in no table any more, and what others said stays."""

import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from invocation_otel.errors import StoreError, UsageError
from invocation_otel.spans import attributes as names
from invocation_otel.store.client import Store
from invocation_otel.store.forget import Report, forget
from invocation_otel.store.settle import roll_up
from landing_rows import RecordedRun, Row, now, span_row

SYSTEM = '[{"type":"text","content":"Be kind."}]'


COMPUTED = {"usage_daily_user", "usage_hourly", "runs_daily"}
"""What the engine adds up by itself every minute, so also while a test looks."""


def message(text: str) -> str:
    return json.dumps({"role": "user", "parts": [{"type": "text", "content": text}]}, separators=(",", ":"))


def run_of(
    tenant: str, user: str, *, said: list[str], identity: Mapping[str, str] | None = None
) -> tuple[RecordedRun, list[Row]]:
    """A run with everything in it, and its spans."""
    run = RecordedRun(tenant=tenant, identity={names.USER_ID: user, names.SESSION: "shared", **(identity or {})})
    spoken = {names.INPUT_MESSAGES: f"[{','.join(map(message, said))}]", names.SYSTEM_INSTRUCTIONS: SYSTEM}
    files = {names.FILES: '[{"name":"secret.pdf"}]'}
    plain_step = span_row({}, at=run.started_at, TraceId=run.trace_id, ResourceAttributes={names.TENANT: tenant})
    spans = [run.announcement(), run.round(1, spoken), run.tool_call(1), run.end(1, files), plain_step]
    return run, spans


def tables_with_tenants(store: Store) -> list[str]:
    found = store.rows(
        "SELECT DISTINCT table FROM system.columns WHERE database = 'invocation' AND name = 'tenant' AND table IN "
        "(SELECT name FROM system.tables WHERE database = 'invocation' AND engine LIKE '%MergeTree') ORDER BY table"
    )
    return [row["table"] for row in found if row["table"] not in COMPUTED]


def rows_of(store: Store, tenant: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of *tenant* in every table that keeps any."""
    return {
        table: store.rows(f"SELECT * FROM {table} FINAL WHERE tenant = {{t:String}} ORDER BY ALL", {"t": tenant})
        for table in tables_with_tenants(store)
    }


def where_text_is_left(store: Store, tenant: str, text: str) -> list[str]:
    """The tables in which *text* can still be found in any column."""
    return [table for table, rows in rows_of(store, tenant).items() if text in str(rows)]


def test_nothing_is_left_of_a_tenant_and_nothing_is_gone_of_another(store: Store) -> None:
    for tenant in ("forget-leaving", "forget-staying"):
        store.insert("otel_traces", run_of(tenant, "ann", said=["hello"])[1])
    before = rows_of(store, "forget-staying")

    report = forget(store, tenant="forget-leaving")

    assert {table for table, rows in rows_of(store, "forget-leaving").items() if rows} == set()
    assert rows_of(store, "forget-staying") == before
    assert report.tenant == "forget-leaving"
    assert report.user is None
    assert {table for table, count in report.erased.items() if count} - COMPUTED == {
        table for table, rows in before.items() if rows
    }
    assert report.rows >= 10


def test_forgetting_again_finds_nothing(store: Store) -> None:
    store.insert("otel_traces", run_of("forget-again", "ann", said=["hello"])[1])
    assert forget(store, tenant="forget-again", user="ann").rows > 0
    assert forget(store, tenant="forget-again", user="ann").rows == 0
    left = forget(store, tenant="forget-again").erased
    assert {table for table, count in left.items() if count} - COMPUTED == {"erasures", "facets"}, (
        "in which hours something was erased, and which agents and models there were"
    )


def test_what_a_user_said_goes_and_what_others_said_too_stays(store: Store) -> None:
    of_ann, ann = run_of("forget-users", "ann@example.org", said=["my name is Ann", "where is it?"])
    of_bob, bob = run_of("forget-users", "bob", said=["where is it?", "thanks"])
    _, child = run_of(
        "forget-users",
        "",
        said=["about Ann"],
        identity={names.ROOT_RUN_ID: of_ann.run_id, names.PARENT_RUN_ID: of_ann.run_id},
    )
    store.insert("otel_traces", ann + child)
    store.insert("otel_traces", bob)
    messages = "SELECT position, part, role, body FROM v_messages WHERE run_id = {run:String} ORDER BY position"
    before = store.rows(messages, {"run": of_bob.run_id})

    report = forget(store, tenant="forget-users", user="ann@example.org")

    assert report.erased["runs"] == 2, "her own and the one inside it"
    for text in ("ann@example.org", "my name is Ann", "about Ann", of_ann.run_id, of_ann.trace_id):
        assert where_text_is_left(store, "forget-users", text) == []
    uuids = store.rows("SELECT DISTINCT toString(run_id) AS id FROM contents WHERE tenant = 'forget-users'")
    assert [row["id"].replace("-", "") for row in uuids] == [of_bob.run_id.removeprefix("run_")]
    assert store.rows(messages, {"run": of_bob.run_id}) == before
    assert [json.loads(row["body"]) for row in before if row["part"] == "input"] == [
        json.loads(message("where is it?")),
        json.loads(message("thanks")),
    ]
    [run] = store.rows("SELECT run_id, user_id FROM v_runs WHERE tenant = 'forget-users'")
    assert run == {"run_id": of_bob.run_id, "user_id": "bob"}


def test_what_is_added_up_no_longer_counts_a_forgotten_user(store: Store) -> None:
    """Neither what it did nor what ran inside it without a name, in hours that are long added up."""
    tenant, at = "forget-sums", now() - timedelta(days=3)
    ann = RecordedRun(tenant=tenant, started_at=at, identity={names.USER_ID: "ann"})
    inside = {names.ROOT_RUN_ID: ann.run_id, names.PARENT_RUN_ID: ann.run_id}
    child = RecordedRun(tenant=tenant, started_at=at, identity=inside)
    bob = RecordedRun(tenant=tenant, started_at=at, identity={names.USER_ID: "bob"})
    alone = RecordedRun(tenant=tenant, started_at=at - timedelta(days=1), identity={names.USER_ID: "ann"})
    store.insert("otel_traces", [span for run in (ann, child, bob, alone) for span in (run.round(1), run.end(1))])
    let_ten_minutes_pass(store, tenant)
    assert sums(store, tenant) == {"v_spend": 4, "v_usage_hourly": 4, "v_runs_daily": 4}

    forget(store, tenant=tenant, user="ann")

    assert sums(store, tenant) == {"v_spend": 1, "v_usage_hourly": 1, "v_runs_daily": 1}
    users = "SELECT DISTINCT user_id FROM usage_daily_user WHERE tenant = {t:String} ORDER BY user_id"
    assert store.rows(users, {"t": tenant}) == [{"user_id": ""}, {"user_id": "bob"}]
    let_ten_minutes_pass(store, tenant)
    assert sums(store, tenant) == {"v_spend": 1, "v_usage_hourly": 1, "v_runs_daily": 1}


@pytest.mark.parametrize(("comes_back", "left"), [(1, None), (9, "1 in usage_daily_user")])
def test_what_is_added_up_meanwhile_is_erased_too_and_told_when_it_does_not_end(
    store: Store, monkeypatch: pytest.MonkeyPatch, comes_back: int, left: str | None
) -> None:
    tenant, times = f"forget-meanwhile-{comes_back}", iter(range(comes_back))
    store.insert("otel_traces", run_of(tenant, "ann", said=["hello"])[1])
    roll_up(store)
    run = store.run

    def run_and_add_up(sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        run(sql, parameters)
        if sql.startswith("ALTER TABLE usage_daily_user DELETE") and next(times, None) is not None:
            store.insert("usage_daily_user", [{"tenant": tenant, "day": "2026-01-01", "user_id": "ann"}])

    with monkeypatch.context() as patched:
        patched.setattr(store, "run", run_and_add_up)
        if left is None:
            forget(store, tenant=tenant, user="ann")
        else:
            with pytest.raises(StoreError, match=left):
                forget(store, tenant=tenant, user="ann")
    sql = "SELECT count() AS n FROM usage_daily_user WHERE tenant = {t:String} AND user_id = 'ann'"
    assert store.rows(sql, {"t": tenant}) == [{"n": 0 if left is None else 1}]


def sums(store: Store, tenant: str) -> dict[str, int]:
    """How many rounds, or runs, of *tenant* each view of what is added up counts."""
    counted = {"v_spend": "rounds", "v_usage_hourly": "rounds", "v_runs_daily": "runs"}
    return {
        view: store.rows(f"SELECT sum({column}) AS n FROM {view} WHERE tenant = {{t:String}}", {"t": tenant})[0]["n"]
        for view, column in counted.items()
    }


def let_ten_minutes_pass(store: Store, tenant: str) -> None:
    """Make what came in, and what was erased, too old to be looked for as news, after it was added up."""
    roll_up(store)
    for table in ("runs", "rounds", "erasures"):
        store.run(
            f"ALTER TABLE {table} UPDATE ingested_at = ingested_at - toIntervalHour(1) WHERE tenant = {{t:String}} "
            "SETTINGS mutations_sync = 2",
            {"t": tenant},
        )


def test_steps_of_another_s_run_in_the_same_trace_stay(store: Store) -> None:
    trace = secrets.token_hex(16)
    of_ann = RecordedRun(tenant="forget-one-trace", identity={names.USER_ID: "ann"}, trace_id=trace)
    of_bob = RecordedRun(tenant="forget-one-trace", identity={names.USER_ID: "bob"}, trace_id=trace)
    store.insert("otel_traces", [of_ann.end(0), of_bob.end(0), of_bob.tool_call(1)])
    forget(store, tenant="forget-one-trace", user="ann")
    steps = store.rows("SELECT SpanAttributes['user.id'] AS user FROM spans WHERE TraceId = {t:String}", {"t": trace})
    assert steps == [{"user": "bob"}, {"user": "bob"}]


def test_a_user_of_that_name_of_another_tenant_is_somebody_else(store: Store) -> None:
    for tenant in ("forget-same-name-a", "forget-same-name-b"):
        store.insert("otel_traces", run_of(tenant, "ann", said=["hello"])[1])
    before = rows_of(store, "forget-same-name-b")
    forget(store, tenant="forget-same-name-a", user="ann")
    assert rows_of(store, "forget-same-name-b") == before


@pytest.mark.parametrize("user", ["o'neil\\", "{user:String}", "%s", "😀", "x' OR 1=1 --"])
def test_a_user_may_be_called_anything(store: Store, user: str) -> None:
    tenant = f"odd-{secrets.token_hex(4)}"
    store.insert("otel_traces", [*run_of(tenant, user, said=["a"])[1], *run_of(tenant, "bob", said=["b"])[1]])
    assert forget(store, tenant=tenant, user=user).erased["rounds"] == 1
    assert store.rows("SELECT user_id FROM v_runs WHERE tenant = {t:String}", {"t": tenant}) == [{"user_id": "bob"}]


@pytest.mark.parametrize(("tenant", "user"), [("", None), ("", "ann"), ("acme", "")])
def test_nobody_is_no_one_to_forget(store: Store, tenant: str, user: str | None) -> None:
    """The runs that name no user would be meant."""
    with pytest.raises(UsageError, match="neither may be empty"):
        forget(store, tenant=tenant, user=user)


def test_nothing_of_the_work_is_left(store: Store) -> None:
    forget(store, tenant="nobody", user="nobody")
    assert store.rows("SELECT name FROM system.tables WHERE name LIKE 'forgetting%'") == []
    assert Report(tenant="a", user=None, erased={"runs": 2, "spans": 3}).rows == 5
