"""Huge texts, times out of all reason and numbers beyond all measure: stored, or refused with a reason, alone."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.trace import SpanContext

from invocation_otel.errors import StoreError
from invocation_otel.spans import attributes as names
from invocation_otel.store.client import Store, open_store
from invocation_otel.store.exporter import ClickHouseSpanExporter
from invocation_otel.store.queries import query
from invocation_otel.store.settle import roll_up
from landing_rows import RecordedRun, Row
from migrated_folder import migrated
from processes import served

VIEWS = ("v_runs", "v_rounds", "v_tool_calls", "v_messages", "v_files", "v_spend")


def ten_megabytes(word: str) -> str:
    """A message of ten megabytes with *word* at its end."""
    text = "wörd " * 1_700_000 + word
    return json.dumps(
        {"role": "user", "parts": [{"type": "text", "content": text}]}, ensure_ascii=False, separators=(",", ":")
    )


def neighbours(store: Store, tenant: str, odd: list[Row]) -> None:
    """Insert *odd* between two good runs, which must be there afterwards, and every view readable."""
    good = [RecordedRun(tenant=f"{tenant}-good").end(0) for _ in range(2)]
    store.insert("otel_traces", [good[0], *odd, good[1]])
    tenants = f"tenant = '{tenant}-good'"
    assert store.rows(f"SELECT count() AS n FROM v_runs WHERE {tenants}") == [{"n": 2}]
    for view in VIEWS:
        store.rows("SELECT * FROM {view:Identifier} WHERE tenant = {tenant:String}", {"view": view, "tenant": tenant})


def test_a_message_of_ten_megabytes_is_kept_word_for_word_and_found(store: Store) -> None:
    run, text = RecordedRun(tenant="huge"), ten_megabytes("needle")
    assert len(text.encode()) > 10_000_000
    neighbours(
        store, "huge", [run.round(1, {names.INPUT_MESSAGES: f"[{text}]"}), run.tool_call(1, {names.TOOL_RESULT: text})]
    )
    assert store.rows("SELECT body FROM v_messages WHERE tenant = 'huge'") == [{"body": text}]
    assert store.rows("SELECT result FROM v_tool_calls WHERE tenant = 'huge'") == [{"result": text}]
    asked = {"tenant": "huge", "words": "needle", "since": "", "until": "", "limit": 5}
    [found] = store.rows(query("search"), asked)
    assert found["run_id"] == run.run_id
    assert found["snippet"].endswith("wörd needle")


def test_a_message_of_ten_megabytes_comes_through_the_exporter_with_its_neighbours(tmp_path: Path) -> None:
    run, text = RecordedRun(tenant="huge"), ten_megabytes("end")
    round_ = run.round(1, {names.INPUT_MESSAGES: f"[{text}]"})
    now_ns = int(run.started_at.timestamp()) * 10**9
    spans = [
        ReadableSpan(
            name=f"span {number}",
            context=SpanContext(int(run.trace_id, 16), number, is_remote=False),
            attributes=round_["SpanAttributes"] if number == 2 else {},
            start_time=now_ns,
            end_time=now_ns,
        )
        for number in (1, 2, 3)
    ]
    with served(migrated(tmp_path)) as server, open_store(server.http_url) as store:
        exporter = ClickHouseSpanExporter(server.http_url)
        assert exporter.export(spans) is SpanExportResult.SUCCESS
        exporter.shutdown()
        assert store.rows("SELECT body FROM v_messages") == [{"body": text}]
        assert len(store.rows("SELECT SpanName FROM spans")) == 3


@pytest.mark.parametrize(
    ("told", "stored"),
    [
        ("1970-01-01 00:00:00", datetime(1970, 1, 1, tzinfo=UTC)),
        ("1970-01-01 00:00:01", datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)),
        ("2100-01-01 00:00:00", datetime(2100, 1, 1, tzinfo=UTC)),
        ("1900-01-01 00:00:00", datetime(1970, 1, 1, tzinfo=UTC)),
        ("2262-01-01 00:00:00", datetime(2106, 1, 1, tzinfo=UTC)),
    ],
)
def test_rounds_and_tool_calls_of_a_wrong_clock_are_kept_with_their_run(
    store: Store, told: str, stored: datetime
) -> None:
    """The run's time is in its id; only what the clock said of the step is wrong, and stays visible as such.

    What is outside of days and hours of the engine stands at their edge; the trace has it as it was told.
    """
    run = RecordedRun(tenant=f"clock-{told}")
    said = {names.INPUT_MESSAGES: '["hello"]'}
    neighbours(store, run.tenant, [run.round(1, said) | {"Timestamp": told}, run.tool_call(1) | {"Timestamp": told}])
    for view in ("v_rounds", "v_tool_calls"):
        rows = store.rows(
            f"SELECT run_id, run_started_at, started_at FROM {view} WHERE tenant = {{t:String}}", {"t": run.tenant}
        )
        assert rows == [{"run_id": run.run_id, "run_started_at": run.started_at, "started_at": stored}]
    [message] = store.rows("SELECT body FROM v_messages WHERE tenant = {t:String}", {"t": run.tenant})
    assert message == {"body": '"hello"'}


def test_a_wrong_clock_hides_nobody_else_from_days_and_hours(store: Store) -> None:
    """In one part with it, days and hours of the others were looked for where its own would have been."""
    right, wrong = RecordedRun(tenant="right-clock"), RecordedRun(tenant="wrong-clock")
    ages = [wrong.round(n) | {"Timestamp": f"{year}-01-01"} for n, year in enumerate((1900, 2105, 2150, 2261), 1)]
    store.insert("otel_traces", [*ages, right.round(1, {names.COST_TOTAL: "0.5"})])
    told = {"t": right.tenant, "day": right.started_at.date().isoformat()}
    of_day = "SELECT count() AS n FROM v_rounds WHERE tenant = {t:String} AND toDate(started_at) = {day:Date}"
    assert store.rows(of_day, told) == [{"n": 1}]
    for _ in range(2):
        for view, time in (("v_spend", "day"), ("v_usage_hourly", "toDate(hour)")):
            spent = f"SELECT sum(cost_usd) AS cost FROM {view} WHERE tenant = {{t:String}} AND {time} = {{day:Date}}"
            assert store.rows(spent, told) == [{"cost": Decimal("0.5")}], view
        roll_up(store)


@pytest.mark.parametrize(
    ("attribute", "column", "told", "stored"),
    [
        (names.INPUT_TOKENS, "input_tokens", str(2**64 - 1), 2**64 - 1),
        (names.INPUT_TOKENS, "input_tokens", str(2**64), 0),
        (names.INPUT_TOKENS, "input_tokens", "-1", 0),
        (names.OUTPUT_TOKENS, "output_tokens", "1e3", 0),
        (names.COST_TOTAL, "cost_usd", "999999999.999999999", Decimal("999999999.999999999")),
        (names.COST_TOTAL, "cost_usd", "1e12", None),
        (names.COST_TOTAL, "cost_usd", "NaN", None),
        (names.COST_TOTAL, "cost_usd", "-5", None),
        (names.COST_INPUT, "cost_input_usd", "-0.1", None),
        (names.COST_TOTAL, "cost_usd", "1e-12", Decimal(0)),
        (names.FIRST_CHUNK_S, "time_to_first_token_ms", "1e300", None),
        (names.FIRST_CHUNK_S, "time_to_first_token_ms", "-1", None),
    ],
)
def test_a_number_beyond_all_measure_is_kept_or_counts_as_not_said(
    store: Store, attribute: str, column: str, told: str, stored: Any
) -> None:
    run = RecordedRun(tenant=f"number-{column}-{told}")
    neighbours(store, run.tenant, [run.round(1, {attribute: told})])
    rows = store.rows(f"SELECT {column} AS stored FROM v_rounds WHERE tenant = {{t:String}}", {"t": run.tenant})
    assert rows == [{"stored": stored}]


def test_a_span_that_lasts_longer_than_can_be_said_lasts_as_long_as_can(store: Store) -> None:
    run = RecordedRun(tenant="forever")
    neighbours(store, "forever", [run.round(1) | {"Duration": 2**64 - 1}, run.end(1) | {"Duration": 2**64 - 1}])
    assert store.rows("SELECT latency_ms FROM v_rounds WHERE tenant = 'forever'") == [{"latency_ms": 2**32 - 1}]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"Timestamp": "never"}, r"^Code: \d+\. .*Timestamp"),
        ({"SpanAttributes": "text"}, r"^Code: \d+\. .*SpanAttributes"),
        ({"Duration": {"a": 1}}, r"^Code: \d+\. .*Cannot parse input: expected ',' before: '{\"a\": 1}"),
    ],
)
def test_a_column_of_another_type_is_refused_with_what_stands_there(store: Store, row: Row, reason: str) -> None:
    """No span is the cause of this, only an exporter that is set up wrongly; it is told so with every batch."""
    with pytest.raises(StoreError, match=f"(?s){reason}"):
        store.insert("otel_traces", [row])
