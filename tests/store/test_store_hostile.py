"""Nothing that a span may hold makes an insert fail: a refused batch is sent for ever, and all behind it wait."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from invocation_otel.spans import attributes as names
from invocation_otel.store.client import Store
from landing_rows import RecordedRun, Row, now
from own_process import in_process, outcome

KEYS = sorted(
    {value for name, value in vars(names).items() if name.isupper() and isinstance(value, str) and "." in value}
)

NASTY = [
    "",
    " ",
    "NaN",
    "-NaN",
    "Infinity",
    "1e400",
    "-1e400",
    "1e-400",
    "-1",
    "-0",
    "+1",
    "1_000",
    "0x10",
    "1.5",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775809",
    "9" * 5000,
    "0." + "3" * 5000,
    "1e99999999999999999999",
    "null",
    "true",
    "TRUE",
    "[]",
    "{}",
    "[",
    "[[" * 3000,
    "[" * 1500 + "]" * 1500,
    "[null, 1, {}, []]",
    '[{"role": 7, "parts": {}}]',
    '[{"role": "user"',
    '["\\ud800"]',
    '"\\u0000"',
    "[1e400]",
    "[12345678901234567890123]",
    '{"a": 1, "a": 2}',
    '[{"bytes": -1, "name": 5, "mirrored": "yes", "sha256": []}]',
    '[{"bytes": 1e300}, {"bytes": 1.5}, {"bytes": 99999999999999999999}]',
    "' OR 1=1 --",
    "\\",
    "\\'; DROP TABLE runs",
    "\x00",
    "\x00" * 20,
    "\n\t\r\b\f",
    "\ud800",
    "\udcff\udcfe",
    "\ufffe\uffff",
    "😀" * 1000,
    "e\u0301" * 500,
    "\u202e\u2066",
    "x" * 300_000,
    "run_",
    "run_" + "0" * 32,
    "run_" + "f" * 32,
    "run_" + "g" * 32,
    "run_" + "0" * 12 + "7" + "0" * 19,
    "run_" + "f" * 12 + "7" + "f" * 19,
    "00000000-0000-7000-8000-000000000000",
    "1970-01-01 00:00:00",
    "2300-01-01 00:00:00",
    "success",
    "chat",
    "invoke_agent",
    "execute_tool",
]

BASES = ("announcement", "round", "tool_call", "end")


def base_span(kind: str, tenant: str) -> Row:
    run = RecordedRun(tenant=tenant)
    spans = {
        "announcement": run.announcement(),
        "round": run.round(1),
        "tool_call": run.tool_call(1),
        "end": run.end(1),
    }
    return spans[kind]


def insert_and_count(store: Store, tenant: str, hostile: list[Row]) -> None:
    """Insert *hostile* between two good runs; all its spans and both runs must be there."""
    good = [RecordedRun(tenant=tenant).end(0) for _ in range(2)]
    batch = [good[0], *hostile, good[1]]
    store.insert("otel_traces", batch)
    # Announcements and reports of delivery are no steps of a trace.
    said = [(span["SpanId"], span["SpanAttributes"]) for span in batch]
    sent = [id_ for id_, told in said if told.get(names.PENDING) != "true" and names.DELIVERY_PRODUCED not in told]
    [stored] = store.rows("SELECT uniqExact(SpanId) AS n FROM spans WHERE SpanId IN {ids:Array(String)}", {"ids": sent})
    assert stored == {"n": len(set(sent))}
    runs = [span["SpanAttributes"][names.RUN_ID] for span in good]
    assert store.rows("SELECT count() AS n FROM v_runs WHERE run_id IN {runs:Array(String)}", {"runs": runs}) == [
        {"n": 2}
    ]


@pytest.mark.parametrize("kind", BASES)
def test_every_nasty_value_under_every_key_is_taken(store: Store, kind: str) -> None:
    hostile = []
    for value in NASTY:
        for key in KEYS:
            span = base_span(kind, f"nasty-{kind}")
            span["SpanAttributes"][key] = (
                value if len(value) < 10_000 or key == names.INPUT_MESSAGES else value[:10_000]
            )
            hostile.append(span)
    insert_and_count(store, f"nasty-{kind}", hostile)


def test_random_mixtures_of_nasty_values_are_taken(store: Store) -> None:
    seeded = random.Random(26)
    hostile = []
    for number in range(2000):
        span = base_span(seeded.choice(BASES), "mixtures")
        for key in seeded.sample(KEYS, seeded.randint(1, 20)):
            span["SpanAttributes"][key] = seeded.choice(NASTY)[:5000]
        span["SpanAttributes"][f"nasty.{number}"] = seeded.choice(NASTY)[:5000]
        hostile.append(span)
    insert_and_count(store, "mixtures", hostile)
    views = ("v_runs", "v_rounds", "v_tool_calls", "v_messages", "v_files", "v_spend")
    assert all(store.rows("SELECT * FROM {view:Identifier} LIMIT 5000", {"view": view}) for view in views), (
        "every view can still be read"
    )


@pytest.mark.parametrize(
    "columns",
    [
        {"Timestamp": "1970-01-01 00:00:00"},
        {"Timestamp": "4102444800"},
        {"Timestamp": "9000000000"},
        {"Timestamp": "1900-01-01 00:00:00"},
        {"Duration": 2**64 - 1},
        {"TraceId": "", "SpanId": "", "ParentSpanId": ""},
        {"TraceId": "not hex", "ParentSpanId": "\x00\ud800"},
        {"StatusCode": "Nonsense", "StatusMessage": "\ud800" * 5000},
        {"ServiceName": "\x00\ud800", "SpanName": "", "SpanKind": "?"},
        {"ResourceAttributes": {names.TENANT: "\ud800", "deployment.environment.name": "\x00"}},
        {"ResourceAttributes": {}},
        {"Events.Timestamp": ["1970-01-01 00:00:00"], "Events.Name": [""], "Events.Attributes": [{"\ud800": "\ud800"}]},
    ],
    ids=",".join,
)
def test_nasty_columns_are_taken(store: Store, columns: dict[str, Any]) -> None:
    insert_and_count(store, "columns-of-spans", [base_span(kind, "columns-of-spans") | columns for kind in BASES])


def test_runs_of_three_hundred_weeks_are_taken_in_one_batch(tmp_path: Path) -> None:
    """ClickHouse refuses a block that touches more than a hundred partitions."""
    runs = [RecordedRun(tenant="weeks", started_at=now() + timedelta(weeks=number)) for number in range(-280, 20)]
    said = {names.INPUT_MESSAGES: '["x"]'}
    spans = [span for run in runs for span in (run.end(0, {names.FILES: "[{}]"}), run.round(1, said), run.tool_call(1))]
    (tmp_path / "spans.json").write_text(json.dumps(spans))
    code = """
        import json, pathlib
        with open_store(sys.argv[1]) as store:
            migrate(store)
            store.insert("otel_traces", json.loads(pathlib.Path(sys.argv[2]).read_text()))
            count = "SELECT uniqExact(run_id) AS n FROM {view:Identifier}"
            for view in ("v_runs", "v_rounds", "v_tool_calls", "v_messages", "v_files"):
                print(store.rows(count, {"view": view})[0]["n"], end=" ")
        """
    told = outcome(in_process(code, tmp_path.as_uri(), str(tmp_path / "spans.json")))
    assert told == "95 95 95 95 95", "those of the last 94 weeks and of this one"


@pytest.mark.parametrize("year", [1970, 2010, 2100, 2299, 9999])
def test_a_run_of_another_age_is_only_a_step_of_its_trace(store: Store, year: int) -> None:
    """Its week would be a partition. What is that old has outlived its retention, what is that new is a wrong clock."""
    run = RecordedRun(tenant=f"year-{year}", started_at=datetime(year, 1, 2, tzinfo=UTC))
    insert_and_count(store, run.tenant, [run.end(0) | {"Timestamp": "1700000000"}])
    assert store.rows("SELECT * FROM v_runs WHERE run_id = {run:String}", {"run": run.run_id}) == []


def test_text_that_is_no_unicode_is_stored_as_text_that_is(store: Store) -> None:
    """A driver may show a whole column as hex digits because of one such value."""
    run = RecordedRun(tenant="no-unicode", identity={names.USER_ID: "caf\udce9"})
    store.insert("otel_traces", [run.end(0, StatusMessage="\ud800")])
    [row] = store.rows("SELECT user_id, error_message FROM v_runs WHERE tenant = 'no-unicode'")
    assert row == {"user_id": "caf\ufffd", "error_message": "\ufffd"}


def test_counts_that_are_no_numbers_are_zero(store: Store) -> None:
    run = RecordedRun(tenant="no-numbers")
    store.insert(
        "otel_traces",
        [run.round(1, {names.INPUT_TOKENS: "-5", names.OUTPUT_TOKENS: "many", names.FIRST_CHUNK_S: "NaN"})],
    )
    rows = store.rows(
        "SELECT input_tokens, output_tokens, time_to_first_token_ms FROM v_rounds WHERE tenant = 'no-numbers'"
    )
    assert rows == [{"input_tokens": 0, "output_tokens": 0, "time_to_first_token_ms": None}]


def test_a_message_of_a_megabyte_is_kept_word_for_word(store: Store) -> None:
    run = RecordedRun(tenant="megabyte")
    text = json.dumps(
        {"role": "user", "parts": [{"type": "text", "content": "wörd " * 200_000}]},
        ensure_ascii=False,
        separators=(",", ":"),
    )
    store.insert("otel_traces", [run.round(1, {names.INPUT_MESSAGES: f"[{text}]"})])
    assert store.rows("SELECT body FROM v_messages WHERE tenant = 'megabyte'") == [{"body": text}]
