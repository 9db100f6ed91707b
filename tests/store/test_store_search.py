"""Words are found in what was asked and answered, through the index, and where JSON would glue them together."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from invocation_otel.spans import attributes as names
from invocation_otel.store.client import Store
from invocation_otel.store.queries import query
from landing_rows import RecordedRun, now


def message(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def search(store: Store, tenant: str, words: str, **others: Any) -> list[dict[str, Any]]:
    parameters = {"tenant": tenant, "words": words, "since": "", "until": "", "limit": 100, **others}
    return store.rows(query("search"), parameters)


@pytest.fixture(scope="module")
def run(store: Store) -> RecordedRun:
    recorded = RecordedRun(tenant="search", identity={names.SESSION: "search-1"})
    asked = message("user", "Where is\norder 7?\tIt went to\nBerlin, they said")
    answered = message("assistant", "It waits in the harbour.")
    store.insert(
        "otel_traces",
        [
            recorded.round(
                number,
                {
                    names.SYSTEM_INSTRUCTIONS: json.dumps(
                        [{"type": "text", "content": "You help Zanzibar's customers."}]
                    ),
                    names.TOOL_DEFINITIONS: '[{"name":"berlin_lookup"}]',
                    names.INPUT_MESSAGES: json.dumps([asked]),
                    names.OUTPUT_MESSAGES: json.dumps([answered] if number == 2 else []),
                },
            )
            for number in (1, 2)
        ],
    )
    return recorded


def test_a_word_is_found_with_its_run_its_round_and_what_stands_around_it(store: Store, run: RecordedRun) -> None:
    assert search(store, "search", "harbour") == [
        {
            "tenant": "search",
            "run_id": run.run_id,
            "started_at": run.started_at,
            "round": 2,
            "role": "assistant",
            "snippet": "It waits in the harbour.",
        }
    ]


@pytest.mark.parametrize(
    ("words", "role"),
    [
        ("berlin", "user"),
        ("BERLIN", "user"),
        ("order", "user"),
        ("it", "user"),
        ("berlin order", "user"),
        ("7", "user"),
        ("zanzibar", "system"),
    ],
)
def test_words_are_found_whatever_their_case_and_order_and_behind_a_line_s_end(
    store: Store, run: RecordedRun, words: str, role: str
) -> None:
    """In JSON, the end of a line before Berlin makes it nBerlin."""
    assert run.run_id in [row["run_id"] for row in search(store, "search", words) if row["role"] == role]


@pytest.mark.parametrize(
    "words", ["nBerlin", "norder", "tIt", "berlin harbour", "berl", "lookup", "assistant", "content"]
)
def test_what_nobody_said_is_not_found(store: Store, run: RecordedRun, words: str) -> None:  # noqa: ARG001 - it is there
    assert search(store, "search", words) == []


def test_a_message_repeated_in_every_round_is_found_once_where_it_came_first(store: Store, run: RecordedRun) -> None:
    assert [(row["run_id"], row["round"]) for row in search(store, "search", "berlin")] == [(run.run_id, 1)]


def test_what_a_tool_was_given_is_found_too(store: Store) -> None:
    call = {"role": "assistant", "parts": [{"type": "tool_call", "arguments": {"note": "first\nsecond"}}]}
    run = RecordedRun(tenant="search-tools")
    store.insert("otel_traces", [run.round(1, {names.OUTPUT_MESSAGES: json.dumps([call])})])
    [row] = search(store, "search-tools", "second")
    assert row["snippet"] == '{"type":"tool_call","arguments":{"note":"first second"}}'


def test_a_long_text_is_cut_around_the_word(store: Store) -> None:
    run = RecordedRun(tenant="search-long")
    text = "before " * 1000 + "the needle " + "after " * 1000
    store.insert("otel_traces", [run.round(1, {names.INPUT_MESSAGES: json.dumps([message("user", text)])})])
    [row] = search(store, "search-long", "needle")
    assert len(row["snippet"]) == 200
    assert "before the needle after" in row["snippet"]


def test_only_the_tenant_and_the_time_that_were_asked_for(store: Store, run: RecordedRun) -> None:
    assert search(store, "another", "harbour") == []
    before, after = (run.started_at + timedelta(seconds=seconds) for seconds in (-1, 1))
    assert len(search(store, "search", "harbour", since=before.isoformat(), until=after.isoformat())) == 1
    assert search(store, "search", "harbour", until=before.isoformat()) == []
    assert search(store, "search", "harbour", since=after.isoformat()) == []


def test_the_newest_come_first_and_no_more_than_were_asked_for(store: Store) -> None:
    runs = [RecordedRun(tenant="search-order", started_at=now() - timedelta(hours=hours)) for hours in range(1, 6)]
    said = {names.INPUT_MESSAGES: json.dumps([message("user", "common")])}
    store.insert("otel_traces", [run.round(1, said) for run in runs])
    found = search(store, "search-order", "common", limit=3)
    assert [row["run_id"] for row in found] == [run.run_id for run in runs[:3]]


def test_the_index_is_used_and_other_days_are_not_read(store: Store, run: RecordedRun) -> None:
    parameters = {
        "tenant": "search",
        "words": "harbour",
        "since": f"{run.started_at:%F}",
        "until": f"{run.started_at + timedelta(days=1):%F}",
        "limit": 10,
    }
    # What finds the candidates is a value to the rest of the query, whose plan does not show it.
    [(names_, finding)] = re.findall(
        r"(WITH.*?),\n    \(\n        SELECT groupArray\(\(tenant, day.*?FROM\n        \((.*?)\n        \)\n",
        query("search"),
        re.DOTALL,
    )
    exact_mode = "SETTINGS use_skip_indexes_if_final_exact_mode = 0"
    rows = store.rows(f"EXPLAIN indexes = 1 {names_} {finding} {exact_mode}", parameters)
    steps = "\n".join(row["explain"].strip("│ ") for row in rows)
    reading = steps.split("ReadFromMergeTree (invocation.contents)")[1]
    assert "Skip\nName: by_word" in reading
    assert "PrimaryKey\nKeys:\ntenant\nday" in reading
    assert "PrimaryKeyExpand" not in reading, "FINAL must not read again what the index spared"
