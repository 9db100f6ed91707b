"""The views are the public interface: their columns stay, and a filter on them reads little."""

import re
from pathlib import Path

import pytest

from invocation_otel.spans import attributes as names
from invocation_otel.store.client import Store
from invocation_otel.store.migrate import migrations
from landing_rows import RecordedRun

GOLDEN = Path(__file__).with_name("views.golden.txt")
VIEWS = (
    "v_runs",
    "v_rounds",
    "v_tool_calls",
    "v_messages",
    "v_files",
    "v_spend",
    "v_delivery",
    "v_usage_hourly",
    "v_runs_daily",
)


def described(store: Store) -> str:
    """The columns of all views, as the golden file has them."""
    columns = [f"{view}.{row['name']}: {row['type']}" for view in VIEWS for row in store.rows(f"DESCRIBE TABLE {view}")]
    return "\n".join(columns) + "\n"


def plan(store: Store, sql: str, **parameters: str) -> str:
    """How the engine would read for *sql*, one step a line."""
    return "\n".join(row["explain"].strip("│ ") for row in store.rows(f"EXPLAIN indexes = 1 {sql}", parameters))


@pytest.fixture(scope="module")
def run(store: Store) -> RecordedRun:
    """A run with everything, so that there is something to read."""
    recorded = RecordedRun(tenant="plans", identity={names.SESSION: "plans-1"})
    said = {names.INPUT_MESSAGES: '["hello"]'}
    store.insert(
        "otel_traces",
        [recorded.round(1, said), recorded.tool_call(1), recorded.end(1, {names.FILES: '[{"name":"a"}]'})],
    )
    return recorded


def test_the_columns_of_the_views_are_those_people_wrote_their_sql_for(store: Store) -> None:
    """A column may be added; one that is renamed, retyped or gone breaks somebody's dashboard."""
    assert described(store) == GOLDEN.read_text()


def test_every_column_of_every_view_says_what_it_is(store: Store) -> None:
    silent = [
        f"{view}.{row['name']}" for view in VIEWS for row in store.rows(f"DESCRIBE TABLE {view}") if not row["comment"]
    ]
    assert silent == []


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_s_file_says_which_question_it_answers(view: str) -> None:
    [text] = [migration.sql for migration in migrations() if migration.name.endswith(f"_{view}.sql")]
    assert re.match(r"-- [^\n]*\?", text)


@pytest.mark.parametrize(
    ("view", "table", "start"),
    [
        ("v_runs", "runs", "started_at"),
        ("v_rounds", "rounds", "run_started_at"),
        ("v_tool_calls", "tool_calls", "run_started_at"),
        ("v_messages", "rounds", "run_started_at"),
        ("v_files", "files", "run_started_at"),
    ],
)
def test_tenant_and_time_reach_the_table_s_key(
    store: Store, run: RecordedRun, view: str, table: str, start: str
) -> None:
    key = "started_at" if table == "runs" else "run_started_at"
    sql = "SELECT * FROM {view:Identifier} WHERE tenant = {tenant:String} AND {start:Identifier} >= yesterday()"
    steps = plan(store, sql, view=view, start=start, tenant=run.tenant)
    reading = steps.split(f"ReadFromMergeTree (invocation.{table})")[1]
    primary_key = reading.split("PrimaryKey")[1].split("Parts:")[0]
    assert primary_key.split("Condition:")[0].split() == ["Keys:", "tenant", key]
    assert f"({key} in [" in primary_key
    assert "(tenant in ['plans', 'plans'])" in primary_key
    assert f"Min-Max\nKeys:\n{key}" in reading, "other weeks are not even opened"


@pytest.mark.parametrize("view", ["v_runs", "v_rounds", "v_tool_calls", "v_messages", "v_files"])
def test_a_run_is_found_by_its_id_through_an_index(store: Store, run: RecordedRun, view: str) -> None:
    steps = plan(store, "SELECT * FROM {view:Identifier} WHERE run_id = {run:String}", view=view, run=run.run_id)
    assert "Skip\nName: by_run" in steps
    assert "PrimaryKeyExpand" not in steps, "FINAL must not read again what the index spared"


@pytest.mark.parametrize(
    ("column", "index"),
    [
        ("root_run_id", "by_root_run"),
        ("trace_id", "by_trace"),
        ("session_id", "by_session"),
        ("celery_task_id", "by_celery_task"),
        ("external_id", "by_external_id"),
    ],
)
def test_a_run_is_found_by_what_others_call_it_through_an_index(
    store: Store, run: RecordedRun, column: str, index: str
) -> None:
    sql = "SELECT * FROM v_runs WHERE tenant = {tenant:String} AND {column:Identifier} = 'x'"
    steps = plan(store, sql, tenant=run.tenant, column=column)
    assert f"Skip\nName: {index}" in steps
    assert "PrimaryKeyExpand" not in steps


def test_contents_of_other_tenants_and_days_are_not_read(store: Store, run: RecordedRun) -> None:
    sql = "SELECT * FROM v_messages WHERE tenant = {tenant:String} AND day = {day:Date} AND run_id = {run:String}"
    steps = plan(store, sql, tenant=run.tenant, day=f"{run.started_at:%F}", run=run.run_id)
    reading = steps.split("ReadFromMergeTree (invocation.contents)")[1].split("BuildRuntimeFilter")[0]
    assert "PrimaryKey\nKeys:\ntenant\nday" in reading


def test_spend_of_a_few_days_reads_the_rounds_of_those_days(store: Store, run: RecordedRun) -> None:
    steps = plan(
        store, "SELECT * FROM v_spend WHERE tenant = {tenant:String} AND day >= today() - 1", tenant=run.tenant
    )
    assert "PrimaryKey\nKeys:\ntenant" in steps
    assert "Skip\nName: by_start" in steps
