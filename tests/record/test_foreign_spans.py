"""Spans of other libraries inside a run are rounds and tool calls of it, whatever they are called."""

import contextlib
import json
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

import invocation_otel
from conftest import Recording
from invocation_otel.errors import SettingsError

ASKED: dict[str, Any] = {
    "llm.provider": "openai",
    "llm.model_name": "gpt-4o-mini",
    "llm.token_count.prompt": 1200,
    "llm.token_count.completion": 90,
    "llm.token_count.prompt_details.cache_read": 1024,
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.tool_calls.0.tool_call.id": "call_1",
    "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "lookup_order",
    "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": '{"order_id": 7}',
    "openinference.span.kind": "LLM",
}
TOOL: dict[str, Any] = {
    "tool.name": "lookup_order",
    "input.value": '{"order_id": 7}',
    "output.value": "shipped",
    "tool_call.id": "call_1",
}
SCOPE = "openinference.instrumentation.langchain"


def test_a_library_that_tells_only_at_the_end_still_makes_rounds_and_tool_calls(recording: Recording) -> None:
    """OpenInference's LangChain starts its spans without a word."""
    tracer = recording.handle.provider.get_tracer(SCOPE)
    with invocation_otel.invocation("support", triggered_by="user") as run:
        with tracer.start_as_current_span("ChatOpenAI") as span:
            span.set_attributes(ASKED)
        with tracer.start_as_current_span("lookup_order") as span:
            span.set_attributes(TOOL | {"openinference.span.kind": "TOOL"})
        with tracer.start_as_current_span("RunnableSequence") as span:
            span.set_attribute("openinference.span.kind", "CHAIN")
    assert (run.rounds, run.usage.input_tokens, run.usage.cache_read_tokens) == (1, 1200, 1024)
    [round_], [tool] = recording.of("chat"), recording.of("execute_tool")
    assert round_["invocation.round.index"] == tool["invocation.round.index"] == 1
    assert round_["invocation.cost.source"] == "computed"
    assert round_["invocation.cost.total"] == run.cost_usd
    [message] = json.loads(round_["gen_ai.output.messages"])
    assert message["parts"][0]["arguments"] == {"order_id": 7}
    assert (tool["gen_ai.tool.name"], tool["gen_ai.tool.call.result"]) == ("lookup_order", "shipped")


def test_a_call_that_an_outer_library_tells_late_is_still_one_round(recording: Recording) -> None:
    outer, inner = recording.handle.provider.get_tracer(SCOPE), recording.handle.provider.get_tracer("openai")
    call = {"gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o-mini"}
    with (
        invocation_otel.invocation("support") as run,
        outer.start_as_current_span("ChatOpenAI") as around,
        inner.start_as_current_span("chat gpt-4o-mini", attributes=call) as span,
    ):
        span.set_attributes({"gen_ai.usage.input_tokens": 1200, "gen_ai.usage.output_tokens": 90})
        around.set_attributes(ASKED)
    assert (run.rounds, run.usage.input_tokens) == (1, 1200)


def test_a_late_call_inside_a_round_is_that_round(recording: Recording) -> None:
    tracer = recording.handle.provider.get_tracer(SCOPE)
    with (
        invocation_otel.invocation("support") as run,
        run.round(provider="openai", model="gpt-4o-mini") as round_,
        tracer.start_as_current_span("ChatOpenAI") as span,
    ):
        span.set_attributes(ASKED)
        round_.respond("…")
    assert (run.rounds, run.usage.input_tokens) == (1, 1200)


def test_a_call_of_another_library_that_failed_says_how(recording: Recording) -> None:
    """OpenInference keeps the exception in an event, and has no `error.type`.

    Groq's client: what OpenInference tells of one that we record ourselves is left out.
    """
    tracer = recording.handle.provider.get_tracer("openinference.instrumentation.groq")
    said = {"openinference.span.kind": "LLM", "llm.model_name": "gpt-4o-mini"}
    with invocation_otel.invocation("support"):
        for error in (TimeoutError("too slow"), None):
            with (
                contextlib.suppress(TimeoutError),
                tracer.start_as_current_span("ChatCompletion", attributes=said) as span,
            ):
                if error:
                    raise error
                span.set_status(StatusCode.ERROR)
    told = [(round_["invocation.status"], round_["error.type"]) for round_ in recording.of("chat")]
    assert told == [("timeout", "TimeoutError"), ("failed", "_OTHER")]


def _one_round(**facts: Any) -> invocation_otel.Run:
    with invocation_otel.invocation("support") as run, run.round(provider="acme", model="acme-1") as round_:
        round_.respond("Hello.", **facts)
    return run


def test_own_prices_are_given_in_code_or_by_the_environment(
    global_provider: TracerProvider, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    file = tmp_path / "prices.json"
    file.write_text('{"acme-1": {"input": 4}}')
    monkeypatch.setenv("INVOCATION_PRICES", str(file))
    for given, cost in (({"acme-1": {"input": 2}}, 0.002), (None, 0.004)):
        handle = invocation_otel.configure(
            tracer_provider=global_provider, exporter=InMemorySpanExporter(), prices=given, instrument=False
        )
        assert _one_round(input_tokens=1000).cost_usd == cost
        handle.shutdown()
    monkeypatch.delenv("INVOCATION_PRICES")
    handle = invocation_otel.configure(
        tracer_provider=global_provider, exporter=InMemorySpanExporter(), instrument=False
    )
    assert _one_round(input_tokens=1000).cost_usd is None
    handle.shutdown()


def test_prices_that_cannot_be_used_are_refused_before_anything_is_set_up(
    global_provider: TracerProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INVOCATION_PRICES", "/no/such/prices.json")
    with pytest.raises(SettingsError, match=r"INVOCATION_PRICES is .*which cannot be read"):
        invocation_otel.configure(tracer_provider=global_provider, exporter=InMemorySpanExporter())
