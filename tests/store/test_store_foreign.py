"""Spans of other libraries make runs and rounds with tokens, each call once, whatever comes late or never."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from invocation_otel.spans import attributes as names
from invocation_otel.store.client import Store
from invocation_otel.store.queries import query
from invocation_otel.store.settle import settle
from landing_rows import Row, now, span_row
from own_process import in_process, outcome

CALL = {
    names.OPERATION: "chat",
    names.PROVIDER: "openai",
    names.REQUEST_MODEL: "gpt-5",
    names.INPUT_TOKENS: "100",
    names.OUTPUT_TOKENS: "10",
}


@dataclass(frozen=True, kw_only=True)
class Trace:
    """A trace of a program that does not know us."""

    tenant: str
    began_at: datetime = field(default_factory=lambda: now() - timedelta(minutes=1))
    trace_id: str = field(default_factory=lambda: secrets.token_hex(16))

    def span(
        self, attributes: Mapping[str, str], *, parent: Row | None = None, after_s: float = 0, **columns: Any
    ) -> Row:
        """A span that begins *after_s* seconds after the trace, and lasts one."""
        return span_row(
            attributes,
            at=self.began_at + timedelta(seconds=after_s),
            **{
                "duration_ms": 1000,
                "TraceId": self.trace_id,
                "ParentSpanId": parent["SpanId"] if parent else "",
                "ResourceAttributes": {"service.name": "shop", names.TENANT: self.tenant},
                **columns,
            },
        )

    def agent(self, attributes: Mapping[str, str] | None = None, **columns: Any) -> Row:
        """The span of an agent that lasts ten seconds."""
        said = {names.OPERATION: "invoke_agent", names.AGENT: "planner", **(attributes or {})}
        return self.span(said, **{"duration_ms": 10_000, **columns})

    def runs(self, store: Store) -> list[dict[str, Any]]:
        """What `v_runs` says, once all is settled."""
        settle(store)
        return store.rows(
            "SELECT agent, status, started_at, latency_ms, rounds, input_tokens, output_tokens, cost_usd, "
            "unpriced_rounds FROM v_runs WHERE tenant = {tenant:String} ORDER BY started_at",
            {"tenant": self.tenant},
        )

    def ended(self, rounds: int, **facts: Any) -> dict[str, Any]:
        """The row of the agent's run after *rounds* calls."""
        return {
            "agent": "planner",
            "status": "success",
            "started_at": self.began_at,
            "latency_ms": 10_000,
            "rounds": rounds,
            "input_tokens": 100 * rounds,
            "output_tokens": 10 * rounds,
            "cost_usd": None,
            "unpriced_rounds": rounds,
            **facts,
        }


DIALECTS = {
    "newest": CALL,
    "older": {
        names.OPERATION: "chat",
        "gen_ai.system": "openai",
        names.REQUEST_MODEL: "gpt-5",
        "gen_ai.usage.prompt_tokens": "100",
        "gen_ai.usage.completion_tokens": "10",
        "gen_ai.usage.cache_creation.input_tokens": "7",
    },
    "openinference": {
        "openinference.span.kind": "LLM",
        "llm.provider": "openai",
        "llm.model_name": "gpt-5",
        "llm.token_count.prompt": "100",
        "llm.token_count.completion": "10",
        "llm.token_count.prompt_details.cache_read": "60",
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": "Where is order 7?",
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": "On its way.",
    },
    "openllmetry": {
        "llm.request.type": "chat",
        "gen_ai.system": "openai",
        names.REQUEST_MODEL: "gpt-5",
        "gen_ai.usage.prompt_tokens": "100",
        "gen_ai.usage.completion_tokens": "10",
        "gen_ai.usage.cache_read_input_tokens": "60",
        "gen_ai.completion.0.finish_reason": "stop",
        "gen_ai.prompt.0.role": "user",
        "gen_ai.prompt.0.content": "Where is order 7?",
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.content": "On its way.",
    },
}
AGENTS = {
    "newest": {names.OPERATION: "invoke_agent", names.AGENT: "planner"},
    "older": {names.OPERATION: "invoke_agent", names.AGENT: "planner"},
    "openinference": {
        names.OPERATION: "",
        "openinference.span.kind": "AGENT",
        names.AGENT: "",
        "agent.name": "planner",
    },
    "openllmetry": {
        names.OPERATION: "",
        "traceloop.span.kind": "agent",
        names.AGENT: "",
        "traceloop.entity.name": "planner",
    },
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_makes_a_run_and_a_round_with_tokens(store: Store, dialect: str) -> None:
    trace = Trace(tenant=f"dialect-{dialect}")
    agent = trace.agent(AGENTS[dialect])
    store.insert("otel_traces", [trace.span(DIALECTS[dialect], parent=agent), agent])
    assert trace.runs(store) == [trace.ended(1)]
    rows = store.rows(
        "SELECT round, provider, model, request_model, input_tokens, output_tokens, cost_usd, cost_source, usage_valid "
        "FROM v_rounds WHERE tenant = {tenant:String}",
        {"tenant": trace.tenant},
    )
    assert rows == [
        {
            "round": 1,
            "provider": "openai",
            "model": "gpt-5",
            "request_model": "gpt-5",
            "input_tokens": 100,
            "output_tokens": 10,
            "cost_usd": None,
            "cost_source": "unpriced",
            "usage_valid": True,
        }
    ]


@pytest.mark.parametrize("dialect", ["openinference", "openllmetry"])
def test_messages_that_are_spread_over_many_attributes_are_put_together(store: Store, dialect: str) -> None:
    trace = Trace(tenant=f"messages-{dialect}")
    store.insert("otel_traces", [trace.span(DIALECTS[dialect])])
    rows = store.rows(
        "SELECT part, role, body FROM v_messages WHERE tenant = {tenant:String} ORDER BY position",
        {"tenant": trace.tenant},
    )
    body = '{"role":"%s","parts":[{"type":"text","content":"%s"}]}'
    assert rows == [
        {"part": "input", "role": "user", "body": body % ("user", "Where is order 7?")},
        {"part": "output", "role": "assistant", "body": body % ("assistant", "On its way.")},
    ]


def test_what_was_cached_is_read_in_every_spelling(store: Store) -> None:
    trace = Trace(tenant="foreign-cache")
    store.insert("otel_traces", [trace.span(said, after_s=number) for number, said in enumerate(DIALECTS.values())])
    rows = store.rows(
        "SELECT cache_read_tokens AS r, cache_write_tokens AS w, stop_reason AS s FROM v_rounds "
        "WHERE tenant = 'foreign-cache' ORDER BY started_at"
    )
    assert [(row["r"], row["w"], row["s"]) for row in rows] == [(0, 0, ""), (0, 7, ""), (60, 0, ""), (60, 0, "stop")]


def test_input_that_leaves_out_what_was_cached_is_not_believed(store: Store) -> None:
    """Some emitters for Anthropic do so, and nothing else tells."""
    trace = Trace(tenant="foreign-invalid")
    store.insert("otel_traces", [trace.span(CALL | {"gen_ai.usage.cache_read_input_tokens": "5000"})])
    assert store.rows("SELECT usage_valid FROM v_rounds WHERE tenant = 'foreign-invalid'") == [{"usage_valid": False}]


def test_the_usage_of_an_agent_s_own_span_is_not_added_to_its_calls(store: Store) -> None:
    trace = Trace(tenant="foreign-usage")
    agent = trace.agent({names.INPUT_TOKENS: "200", names.OUTPUT_TOKENS: "20"})
    calls = [trace.span(CALL, parent=agent, after_s=number) for number in (1, 2)]
    store.insert("otel_traces", [*calls, agent])
    assert trace.runs(store) == [trace.ended(2)]


def test_a_call_inside_a_call_is_the_same_call(store: Store) -> None:
    """Two layers of libraries told of it. The inner one comes first, and may be settled by itself for a while."""
    trace = Trace(tenant="foreign-layers")
    agent = trace.agent()
    outer = trace.span(CALL, parent=agent, after_s=1)
    inner = trace.span(CALL, parent=outer, after_s=1.1)
    store.insert("otel_traces", [inner])
    assert [run["input_tokens"] for run in trace.runs(store)] == [100]
    store.insert("otel_traces", [outer, agent])
    assert trace.runs(store) == [trace.ended(1)]


def test_a_call_inside_a_call_that_was_added_up_too_early_is_no_run_of_its_own(store: Store) -> None:
    """The rounds and the runs are settled one after the other, and the outer call may come in between."""
    trace = Trace(tenant="foreign-between")
    agent = trace.agent()
    outer = trace.span(CALL, parent=agent, after_s=1)
    store.insert("otel_traces", [trace.span(CALL, parent=outer, after_s=1.1), outer, agent])
    for command in ("REFRESH", "WAIT"):
        store.run(f"SYSTEM {command} VIEW foreign_runs_settled")
    by_itself = "SELECT rounds FROM v_runs WHERE tenant = 'foreign-between' AND agent = '' AND status = 'success'"
    assert store.rows(by_itself) == [{"rounds": 1}]
    assert trace.runs(store) == [trace.ended(1)]


def test_settling_reads_no_round_of_our_own(tmp_path: Path) -> None:
    """It is done every minute, over everything that is stored."""
    code = """
    from invocation_otel.store.settle import settle
    with open_store(sys.argv[1]) as store:
        migrate(store)
        store.run(
            "INSERT INTO rounds (tenant, run_started_at, run_id, started_at, span_id, round) "
            "SELECT 'ours', now(), generateUUIDv7(), now(), toString(number), 1 FROM numbers(100)"
        )
        settle(store)
        settled = "startsWith(view, 'foreign') AND last_success_time IS NOT NULL"
        [read] = store.rows(f"SELECT count() AS views, sum(read_rows) AS n FROM system.view_refreshes WHERE {settled}")
        print(read["views"], read["n"] < 100)
    """
    assert outcome(in_process(code, (tmp_path / "store").as_uri())) == "2 True"


def test_rounds_are_numbered_by_their_start_however_they_came(store: Store) -> None:
    trace = Trace(tenant="foreign-numbers")
    agent = trace.agent()
    calls = [trace.span(CALL, parent=agent, after_s=number) for number in range(3)]
    for batch in ([calls[2]], [calls[0]], [agent, calls[1], calls[0]], [calls[2]]):
        store.insert("otel_traces", batch)
        settle(store)
    assert trace.runs(store) == [trace.ended(3)]
    rows = store.rows("SELECT round, span_id FROM v_rounds WHERE tenant = 'foreign-numbers' ORDER BY round")
    assert [(row["round"], row["span_id"]) for row in rows] == [(n, call["SpanId"]) for n, call in enumerate(calls, 1)]


def test_a_stand_in_shows_a_run_whose_span_has_not_come_and_goes_when_it_comes_a_week_late(store: Store) -> None:
    trace = Trace(tenant="foreign-late", began_at=now() - timedelta(days=7))
    agent = trace.agent()
    calls = [trace.span(CALL, parent=agent, after_s=number) for number in (1, 2)]
    store.insert("otel_traces", calls)
    stand_in = {
        "agent": "",
        "status": "lost",
        "started_at": trace.began_at + timedelta(seconds=1),
        "latency_ms": None,
    }
    assert trace.runs(store) == [trace.ended(2) | stand_in]
    store.insert("otel_traces", [agent])
    assert trace.runs(store) == [trace.ended(2)]


def test_a_stand_in_moves_when_an_earlier_call_comes(store: Store) -> None:
    trace = Trace(tenant="foreign-moves")
    parent = trace.agent()
    store.insert("otel_traces", [trace.span(CALL, parent=parent, after_s=5)])
    assert [run["started_at"] for run in trace.runs(store)] == [trace.began_at + timedelta(seconds=5)]
    store.insert("otel_traces", [trace.span(CALL, parent=parent, after_s=2)])
    [run] = trace.runs(store)
    assert (run["started_at"], run["rounds"], run["status"]) == (trace.began_at + timedelta(seconds=2), 2, "running")


def test_a_call_without_an_agent_is_a_run_by_itself(store: Store) -> None:
    trace = Trace(tenant="foreign-alone")
    store.insert("otel_traces", [trace.span(CALL, StatusCode="Error", StatusMessage="overloaded")])
    assert trace.runs(store) == [trace.ended(1, agent="", status="failed", latency_ms=1000)]


def test_any_span_may_be_the_run_of_the_calls_inside_it(store: Store) -> None:
    trace = Trace(tenant="foreign-web")
    request = trace.span({"http.route": "/ask"}, SpanName="POST /ask", duration_ms=3000)
    store.insert("otel_traces", [trace.span(CALL, parent=request, after_s=1), request])
    assert trace.runs(store) == [trace.ended(1, agent="", latency_ms=3000)]


def test_settling_again_writes_nothing(store: Store) -> None:
    trace = Trace(tenant="foreign-again")
    agent = trace.agent()
    batch = [trace.span(CALL, parent=agent, after_s=1), trace.span(CALL, after_s=1), agent]
    store.insert("otel_traces", batch)
    sql = "SELECT (SELECT sum(version) FROM runs FINAL) AS runs, (SELECT sum(version) FROM rounds FINAL) AS rounds"
    settle(store)
    before = store.rows(sql)
    store.insert("otel_traces", batch[:2])
    settle(store)
    assert store.rows(sql) == before


def test_tool_calls_of_another_library_are_counted(store: Store) -> None:
    trace = Trace(tenant="foreign-tools")
    agent = trace.agent()
    tool = trace.span({"openinference.span.kind": "TOOL", "tool.name": "lookup", "input.value": "{}"}, parent=agent)
    store.insert("otel_traces", [trace.span(CALL, parent=agent, after_s=1), tool, agent])
    settle(store)
    assert store.rows("SELECT tool_calls FROM v_runs WHERE tenant = 'foreign-tools'") == [{"tool_calls": 1}]
    rows = store.rows("SELECT tool, arguments FROM v_tool_calls WHERE tenant = 'foreign-tools'")
    assert rows == [{"tool": "lookup", "arguments": "{}"}]


def test_spans_that_have_nothing_to_do_with_a_model_make_no_run(store: Store) -> None:
    trace = Trace(tenant="foreign-else")
    store.insert("otel_traces", [trace.span({"http.route": "/"}), trace.span({"openinference.span.kind": "CHAIN"})])
    assert trace.runs(store) == []


def test_the_viewer_s_questions_find_a_run_whose_id_has_no_time_in_it(store: Store) -> None:
    trace = Trace(tenant="foreign-viewer")
    agent = trace.agent()
    said = {names.INPUT_MESSAGES: '["hello"]', names.COST_TOTAL: "0.5", names.COST_SOURCE: "provider"}
    tool = trace.span({names.OPERATION: "execute_tool", names.TOOL_NAME: "lookup"}, parent=agent, after_s=1)
    calls = [trace.span(CALL | said, parent=agent, after_s=number) for number in (1, 2)]
    store.insert("otel_traces", [*calls, tool, agent])
    settle(store)
    [run] = store.rows("SELECT run_id FROM v_runs WHERE tenant = 'foreign-viewer'")
    [shown] = store.rows(query("run"), {"run": run["run_id"]})
    assert (shown["rounds"], shown["cost_usd"]) == (2, Decimal(1))
    assert [row["round"] for row in store.rows(query("run_rounds"), {"run": run["run_id"]})] == [1, 2]
    assert [row["tool"] for row in store.rows(query("run_tool_calls"), {"run": run["run_id"]})] == ["lookup"]
    messages = store.rows(query("round_messages"), {"run": run["run_id"], "round": 2})
    assert [row["body"] for row in messages] == ['"hello"']
    assert [row["round"] for row in store.rows(query("what_the_model_saw"), {"run": run["run_id"]})] == [2]
