"""What was said is kept once, in order, and word for word."""

import json
from datetime import timedelta
from hashlib import sha256
from typing import Any

from invocation_otel.spans import attributes as names
from invocation_otel.store.client import Store
from landing_rows import RecordedRun, now


def message(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def messages(store: Store, run: RecordedRun) -> list[dict[str, Any]]:
    return store.rows(
        "SELECT round, position, part, role, body FROM v_messages WHERE run_id = {run:String} ORDER BY round, position",
        {"run": run.run_id},
    )


def test_a_round_shows_what_the_model_saw_and_said_in_order(store: Store) -> None:
    history = [message("user", "hello"), message("assistant", "hi"), message("user", "where is “7”?\n")]
    answer = message("assistant", "on its way")
    system, tools = compact([{"type": "text", "content": "Be kind."}]), compact([{"name": "lookup"}])
    variables = compact({"variables": {"name": "Ann"}, "system_variables": {}})
    run = RecordedRun(tenant="said", identity={names.SESSION: "said-1"})
    said = {
        names.SYSTEM_INSTRUCTIONS: system,
        names.TOOL_DEFINITIONS: tools,
        names.PROMPT_VARIABLES: variables,
        names.INPUT_MESSAGES: json.dumps(history),
        names.OUTPUT_MESSAGES: json.dumps([answer]),
        names.MEMORY_MESSAGES: "2",
    }
    store.insert("otel_traces", [run.round(1, said)])

    assert messages(store, run) == [
        {"round": 1, "position": 1, "part": "system", "role": "", "body": system},
        {"round": 1, "position": 2, "part": "tools", "role": "", "body": tools},
        {"round": 1, "position": 3, "part": "memory", "role": "user", "body": compact(history[0])},
        {"round": 1, "position": 4, "part": "memory", "role": "assistant", "body": compact(history[1])},
        {"round": 1, "position": 5, "part": "input", "role": "user", "body": compact(history[2])},
        {"round": 1, "position": 6, "part": "output", "role": "assistant", "body": compact(answer)},
        {"round": 1, "position": 7, "part": "variables", "role": "", "body": variables},
    ]
    first = store.rows("SELECT hash FROM v_messages WHERE tenant = 'said' AND position = 3")
    assert first == [{"hash": sha256(compact(history[0]).encode()).hexdigest()[:32]}]


def test_a_history_repeated_in_every_round_is_stored_once(store: Store) -> None:
    run = RecordedRun(tenant="history", identity={names.SESSION: "history-1"})
    history = [message("user", f"question {number}") for number in range(20)]
    rounds = [run.round(number, {names.INPUT_MESSAGES: json.dumps(history[:number])}) for number in range(1, 21)]
    for spans in (rounds[:10], rounds[10:], rounds[5:15]):
        store.insert("otel_traces", spans)
    assert len(messages(store, run)) == 20 * 21 / 2
    assert store.rows("SELECT count() AS n FROM contents FINAL WHERE tenant = 'history'") == [{"n": 20}]


def test_two_tenants_with_the_same_words_each_keep_their_own(store: Store) -> None:
    said = {names.INPUT_MESSAGES: json.dumps([message("user", "same words")]), names.SYSTEM_INSTRUCTIONS: '["same"]'}
    runs = [RecordedRun(tenant=tenant, identity={names.SESSION: "one"}) for tenant in ("ours", "theirs")]
    store.insert("otel_traces", [run.round(1, said) for run in runs])
    store.run("ALTER TABLE contents DELETE WHERE tenant = 'theirs' SETTINGS mutations_sync = 2")
    bodies = [[row["body"] is None for row in messages(store, run)] for run in runs]
    assert bodies == [[False, False], [True, True]]


def test_a_message_that_is_no_longer_kept_leaves_its_place(store: Store) -> None:
    run = RecordedRun(tenant="expired")
    store.insert("otel_traces", [run.round(1, {names.INPUT_MESSAGES: json.dumps([message("user", "old")])})])
    store.run("ALTER TABLE contents DELETE WHERE tenant = 'expired' SETTINGS mutations_sync = 2")
    assert messages(store, run) == [{"round": 1, "position": 1, "part": "input", "role": "", "body": None}]


def test_messages_that_cannot_be_parsed_are_kept_whole(store: Store) -> None:
    texts = [
        '[{"role": "user", "parts": [{"content": "half a pair \\ud83d"}]}]',
        '[{"role": "user", "parts": [{"content": "cut off',
        "[1e400]",
        "plain text",
        '{"role": "user"}',
    ]
    runs = {text: RecordedRun(tenant="unparsed") for text in texts}
    spans = [run.round(1, {names.INPUT_MESSAGES: text, names.OUTPUT_MESSAGES: text}) for text, run in runs.items()]
    store.insert("otel_traces", spans)
    for text, run in runs.items():
        assert [(row["part"], row["body"]) for row in messages(store, run)] == [("input", text), ("output", text)]


def test_a_round_without_messages_has_none(store: Store) -> None:
    run = RecordedRun(tenant="silent")
    store.insert("otel_traces", [run.round(1), run.round(2, {names.INPUT_MESSAGES: "[]", names.OUTPUT_MESSAGES: ""})])
    assert messages(store, run) == []


def test_a_word_is_found_in_what_was_said(store: Store) -> None:
    """Also right after a line break, which JSON writes as a backslash and a letter."""
    run = RecordedRun(tenant="search")
    store.insert(
        "otel_traces", [run.round(1, {names.INPUT_MESSAGES: json.dumps([message("user", "Dear\nQuetzalcoatl")])})]
    )
    rows = store.rows("SELECT run_id FROM contents WHERE tenant = 'search' AND hasAllTokens(body, 'quetzalcoatl')")
    assert [f"run_{row['run_id'].hex}" for row in rows] == [run.run_id]


def test_every_column_of_a_round_is_what_its_span_said(store: Store) -> None:
    identity = {names.SESSION: "s", names.USER_ID: "u", names.CELERY_TASK_ID: "t", names.MEMORY_ENABLED: "true"}
    run = RecordedRun(tenant="round-columns", identity=identity)
    said = {
        names.STATUS: "failed",
        names.FINISH_REASONS: '["stop","length"]',
        names.FIRST_CHUNK_S: "0.1234",
        names.RESPONSE_ID: "resp_1",
        names.CACHE_READ_TOKENS: "60",
        names.CACHE_WRITE_TOKENS: "30",
        names.REASONING_TOKENS: "4",
        names.USAGE_VALID: "false",
        names.PRICE_VERSION: "2026-11-01",
        names.SYSTEM_PROMPT_NAME: "kind",
        names.SYSTEM_PROMPT_VERSION: "3",
        names.USER_PROMPT_NAME: "ask",
        names.USER_PROMPT_VERSION: "1",
        names.REQUEST_PARAMS: '{"temperature":0}',
        names.MEMORY_MESSAGES: "2",
        names.MEMORY_DROPPED: "3",
        names.ERROR_TYPE: "openai.RateLimitError",
        names.COST_TOTAL: "",
        names.COST_SOURCE: "unpriced",
    }
    span = run.round(2, said) | {"StatusCode": "Error", "StatusMessage": "slow down"}
    store.insert("otel_traces", [span])

    [row] = store.rows("SELECT * FROM v_rounds WHERE tenant = 'round-columns'")

    assert row == {
        "tenant": "round-columns",
        "run_id": run.run_id,
        "run_started_at": run.started_at,
        "round": 2,
        "started_at": run.started_at + timedelta(seconds=2),
        "ended_at": run.started_at + timedelta(seconds=2.5),
        "latency_ms": 500,
        "time_to_first_token_ms": 123,
        "status": "failed",
        "stop_reason": "stop,length",
        "provider": "openai",
        "model": "gpt-5-2026",
        "request_model": "gpt-5",
        "input_tokens": 100,
        "output_tokens": 10,
        "cache_read_tokens": 60,
        "cache_write_tokens": 30,
        "reasoning_tokens": 4,
        "usage_valid": False,
        "cost_usd": None,
        "cost_input_usd": None,
        "cost_output_usd": None,
        "cost_cache_read_usd": None,
        "cost_cache_write_usd": None,
        "cost_source": "unpriced",
        "price_version": "2026-11-01",
        "system_prompt_name": "kind",
        "system_prompt_version": "3",
        "user_prompt_name": "ask",
        "user_prompt_version": "1",
        "request_params": '{"temperature":0}',
        "memory_messages": 2,
        "memory_dropped": 3,
        "memory_enabled": True,
        "error_type": "openai.RateLimitError",
        "error_message": "slow down",
        "response_id": "resp_1",
        "agent": "support",
        "trigger": "user",
        "user_id": "u",
        "session_id": "s",
        "celery_task_id": "t",
        "service": "shop",
        "environment": "test",
        "trace_id": run.trace_id,
        "span_id": span["SpanId"],
    }


def test_every_column_of_a_tool_call_is_what_its_span_said(store: Store) -> None:
    identity = {names.SESSION: "s", names.USER_ID: "u", names.CELERY_TASK_ID: "t"}
    run = RecordedRun(tenant="tool-columns", identity=identity)
    said = {
        names.STATUS: "timeout",
        names.TOOL_CALL_ID: "call_1",
        names.TOOL_TYPE: "function",
        names.TOOL_ARGUMENTS: '{"order":7}',
        names.TOOL_RESULT: '"on its way"',
        names.ERROR_TYPE: "TimeoutError",
    }
    span = run.tool_call(1, said) | {"StatusCode": "Error", "StatusMessage": "too slow"}
    store.insert("otel_traces", [span])

    [row] = store.rows("SELECT * FROM v_tool_calls WHERE tenant = 'tool-columns'")

    assert row == {
        "tenant": "tool-columns",
        "run_id": run.run_id,
        "run_started_at": run.started_at,
        "round": 1,
        "started_at": run.started_at + timedelta(seconds=1.6),
        "ended_at": run.started_at + timedelta(seconds=1.62),
        "latency_ms": 20,
        "status": "timeout",
        "tool": "lookup",
        "tool_call_id": "call_1",
        "tool_type": "function",
        "arguments": '{"order":7}',
        "result": '"on its way"',
        "error_type": "TimeoutError",
        "error_message": "too slow",
        "agent": "support",
        "trigger": "user",
        "user_id": "u",
        "session_id": "s",
        "celery_task_id": "t",
        "service": "shop",
        "environment": "test",
        "trace_id": run.trace_id,
        "span_id": span["SpanId"],
    }


def test_arguments_and_results_are_forgotten_before_the_tool_call_is(store: Store) -> None:
    run = RecordedRun(tenant="forgotten", started_at=now() - timedelta(days=120))
    kept = {
        "tenant": "forgotten",
        "run_id": str(run.run_id).removeprefix("run_"),
        "tool": "lookup",
        "result": '"secret"',
    }
    long_ago = {"run_started_at": f"{run.started_at.timestamp():.3f}", "ingested_at": round(run.started_at.timestamp())}
    store.insert("tool_calls", [{**kept, **long_ago, "span_id": "1"}])
    store.run("OPTIMIZE TABLE tool_calls FINAL")
    rows = store.rows("SELECT tool, result FROM v_tool_calls WHERE tenant = 'forgotten'")
    assert rows == [{"tool": "lookup", "result": ""}]


def test_a_run_older_than_its_retention_is_kept_when_it_arrives_late(store: Store) -> None:
    """A replayed spool must not vanish while it is inserted: rows are kept from the day they came in."""
    run = RecordedRun(tenant="late", started_at=now() - timedelta(days=600))
    spans = [
        run.round(1, {names.INPUT_MESSAGES: '["old news"]'}),
        run.tool_call(1),
        run.end(1, {names.FILES: '[{"name":"a"}]'}),
    ]
    store.insert("otel_traces", spans)
    tables = ("runs", "rounds", "tool_calls", "files", "contents", "spans")
    for table in tables:
        store.run(f"OPTIMIZE TABLE {table} FINAL")
    sql = "SELECT count() AS n FROM {table:Identifier} WHERE tenant = 'late'"
    counts = {table: store.rows(sql, {"table": table})[0]["n"] for table in tables}
    assert counts == {"runs": 1, "rounds": 1, "tool_calls": 1, "files": 1, "contents": 1, "spans": 3}


def test_the_files_of_a_run_are_listed_in_order(store: Store) -> None:
    run = RecordedRun(tenant="files")
    files: list[dict[str, Any]] = [
        {
            "name": "a b.pdf",
            "media_type": "application/pdf",
            "bytes": 12,
            "sha256": "ab",
            "source": "path",
            "uri": "s3://x",
            "mirrored": True,
        },
        {
            "name": "a b.pdf",
            "media_type": "",
            "bytes": None,
            "sha256": None,
            "source": "url",
            "uri": "https://x",
            "mirrored": False,
        },
    ]
    store.insert("otel_traces", [run.end(0, {names.FILES: json.dumps(files)})])
    rows = store.rows(
        "SELECT * EXCEPT (tenant, run_id, run_started_at) FROM v_files WHERE tenant = 'files' ORDER BY position"
    )
    assert rows == [{"position": 1, **files[0]}, {"position": 2, **files[1], "sha256": ""}]


def test_a_file_whose_name_is_no_unicode_is_listed_with_the_others(store: Store) -> None:
    """Python reads such a name from a folder as half a surrogate pair."""
    run = RecordedRun(tenant="odd-names")
    store.insert("otel_traces", [run.end(0, {names.FILES: json.dumps([{"name": "caf\udce9.pdf"}, {"name": "b.pdf"}])})])
    rows = store.rows("SELECT name FROM v_files WHERE tenant = 'odd-names' ORDER BY position")
    assert rows == [{"name": "caf?.pdf"}, {"name": "b.pdf"}]


def test_filters_offer_what_there_is(store: Store) -> None:
    run = RecordedRun(tenant="choices", identity={names.USER_ID: "ann"})
    store.insert(
        "otel_traces", [run.announcement(), run.round(1), run.tool_call(1), run.end(1, {names.STATUS: "failed"})]
    )
    rows = store.rows(
        "SELECT facet, value, max(last_seen) AS day FROM facets WHERE tenant = 'choices' GROUP BY ALL ORDER BY ALL"
    )
    assert {row["day"] for row in rows} == {run.started_at.date()}
    assert [(row["facet"], row["value"]) for row in rows] == [
        ("agent", "support"),
        ("environment", "test"),
        ("model", "gpt-5-2026"),
        ("provider", "openai"),
        ("service", "shop"),
        ("status", "failed"),
        ("tool", "lookup"),
        ("trigger", "user"),
        ("user", "ann"),
    ]


def test_a_span_is_copied_without_its_long_texts(store: Store) -> None:
    run = RecordedRun(tenant="thin")
    long = {"custom.long": "x" * 1025, "custom.short": "x", names.TOOL_ARGUMENTS: "{}"}
    event = {
        "Events.Timestamp": ["1700000000"],
        "Events.Name": ["exception"],
        "Events.Attributes": [{"stack": "x" * 1025, "type": "E"}],
    }
    span = run.tool_call(1, long) | event
    store.insert("otel_traces", [span])
    rows = store.rows(
        "SELECT SpanId, SpanAttributes, Events.Name AS events, Events.Attributes AS said "
        "FROM spans WHERE tenant = 'thin'"
    )
    kept = {
        key: value for key, value in span["SpanAttributes"].items() if key not in ("custom.long", names.TOOL_ARGUMENTS)
    }
    assert rows == [
        {"SpanId": span["SpanId"], "SpanAttributes": kept, "events": ["exception"], "said": [{"type": "E"}]}
    ]
