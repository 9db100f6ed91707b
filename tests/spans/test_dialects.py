"""What other libraries' spans say comes out the same, whatever they call it; the cases are recorded spans."""

import json
from typing import Any

import pytest
from dialect_cases import CASES, ROUNDS, TOOL_CALLS, Case
from hypothesis import example, given, settings
from hypothesis import strategies as st

from invocation_otel.spans.dialects.dialect import Event, Source
from invocation_otel.spans.dialects.flat import entries
from invocation_otel.spans.dialects.semconv import REPORTED_COST
from invocation_otel.spans.dialects.translate import DIALECTS, canonical, dialect_of, operation_of
from invocation_otel.spans.dialects.values import provider
from invocation_otel.spans.normalise import normalise_round, normalise_tool_call
from invocation_otel.spans.usage import Usage

AT_NS = 1_790_000_000_000_000_000
"""September 2026."""

OPENAI = Usage(input_tokens=1200, output_tokens=90, cache_read_tokens=1024, reasoning_tokens=64)
ANTHROPIC = Usage(input_tokens=1200, output_tokens=40, cache_read_tokens=900, cache_write_tokens=200)
ANTHROPIC_1H = ANTHROPIC._replace(cache_write_1h_tokens=50)
GEMINI = OPENAI
NO_REASONING = OPENAI._replace(reasoning_tokens=0)
USAGE = {
    ("openllmetry_0_40", "openai"): NO_REASONING,
    ("openllmetry_langchain", "Langchain"): NO_REASONING,
    ("vercel_7", "openai"): NO_REASONING,
    # The SDK's spans do not tell what OpenAI had cached.
    ("vercel_5", "openai"): Usage(input_tokens=1200, output_tokens=90),
    ("openllmetry", "anthropic"): ANTHROPIC,
    ("openllmetry_0_40", "anthropic"): ANTHROPIC,
    ("vercel_7", "anthropic"): ANTHROPIC,
}
"""What the server told, as far as the library keeps it; elsewhere everything."""

BY_PROVIDER = {
    "openai": OPENAI,
    "anthropic": ANTHROPIC_1H,
    "aws.bedrock": ANTHROPIC,
    "gcp.gen_ai": GEMINI,
    "gcp.gemini": GEMINI,
    None: GEMINI,
}
MODELS = {
    "openai": ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
    "Langchain": ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
    "anthropic": ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
    "aws.bedrock": (None, "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
    "gcp.gen_ai": ("gemini-2.5-flash", "gemini-2.5-flash"),
    "gcp.gemini": (None, "gemini-2.5-flash"),
    None: (None, "gemini-2.5-flash"),
}
ASKS = {"name": "lookup_order", "arguments": {"order_id": 7}}
ANSWERS = "Order 7 is on its way."


def said_by(case: Case) -> dict[str, Any]:
    return canonical(case.attributes, case.source)


def stored(case: Case) -> dict[str, Any]:
    return normalise_round(said_by(case), {}, started_ns=AT_NS).attributes


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_recorded_span_says_the_same_as_when_it_was_looked_through(case: Case) -> None:
    assert json.loads(json.dumps(said_by(case))) == case.told


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_reading_what_was_read_changes_nothing(case: Case) -> None:
    said = said_by(case)
    assert canonical(said, case.source) == said
    assert canonical(said) == said


@pytest.mark.parametrize("case", ROUNDS, ids=lambda case: case.id)
def test_a_round_s_tokens_are_what_the_provider_told(case: Case) -> None:
    said = said_by(case)
    told_by = said.get("gen_ai.provider.name")
    expected = USAGE.get((case.file, str(told_by))) or BY_PROVIDER[told_by]
    usage = Usage.from_attributes(said)
    assert usage == expected
    assert usage.valid


@pytest.mark.parametrize("case", ROUNDS, ids=lambda case: case.id)
def test_a_round_names_the_models_that_were_asked_and_that_answered(case: Case) -> None:
    said = said_by(case)
    models = said.get("gen_ai.response.model"), said.get("gen_ai.request.model")
    assert models == MODELS[said.get("gen_ai.provider.name")]


WITHOUT_CONTENT = {"adk_v1-2", "adk_v1-5"}
"""The inner span of ADK's first schema: the outer one of the same call has the messages."""


@pytest.mark.parametrize("case", ROUNDS, ids=lambda case: case.id)
def test_a_round_s_messages_are_what_was_said(case: Case) -> None:
    if f"{case.file}-{case.number}" in WITHOUT_CONTENT:
        assert "gen_ai.input.messages" not in said_by(case)
        return
    said = stored(case)
    inputs, [output] = json.loads(said["gen_ai.input.messages"]), json.loads(said["gen_ai.output.messages"])
    asked = [part for message in inputs for part in message["parts"] if part["type"] == "tool_call"]
    answered = [part for message in inputs for part in message["parts"] if part["type"] == "tool_call_response"]
    assert inputs[0]["role"] == "user"
    assert inputs[0]["parts"][0] == {"type": "text", "content": "Where is order 7?"}
    assert output["role"] == "assistant"
    parts = [part for part in output["parts"] if part != {"type": "text", "content": "Let me look."}]
    if asked:
        assert [{name: part[name] for name in ASKS} for part in asked] == [ASKS]
        assert [part["id"] for part in answered] == [asked[0]["id"]]
        assert "shipped" in json.dumps(answered[0])
        assert parts == [{"type": "text", "content": ANSWERS}]
    elif parts != [{"type": "text", "content": ANSWERS}]:
        assert [{name: part[name] for name in ASKS} for part in parts] == [ASKS]


@pytest.mark.parametrize("case", ROUNDS, ids=lambda case: case.id)
def test_a_round_is_priced_as_the_provider_bills_it(case: Case) -> None:
    round_ = normalise_round(said_by(case), {}, started_ns=AT_NS)
    unknown = round_.attributes.get("gen_ai.provider.name") in {None, "Langchain"}
    assert round_.attributes["invocation.cost.source"] == ("estimated" if unknown else "computed")
    assert round_.nano_cost is not None
    assert round_.nano_cost > 0


@pytest.mark.parametrize("case", TOOL_CALLS, ids=lambda case: case.id)
def test_a_tool_call_says_which_tool_what_it_was_given_and_what_it_gave(case: Case) -> None:
    said = normalise_tool_call(said_by(case), {})
    assert said["gen_ai.tool.name"] == "lookup_order"
    assert json.loads(said["gen_ai.tool.call.arguments"]) == {"order_id": 7}
    assert "shipped" in said["gen_ai.tool.call.result"]
    assert said["invocation.status"] == "success"


NO_CONVERSATION = {"mlflow", "logfire", "openllmetry", "openllmetry_0_40", "openllmetry_langchain", "agent_framework"}
NO_CONVERSATION |= {"vercel_7"}
"""Libraries that were told no session, or do not keep it."""


@pytest.mark.parametrize("case", ROUNDS, ids=lambda case: case.id)
def test_a_session_is_read_where_it_is_told(case: Case) -> None:
    session = said_by(case).get("gen_ai.conversation.id")
    if case.file in NO_CONVERSATION:
        assert session is None
    elif case.file.startswith("pydantic_ai"):
        assert session
    else:
        assert session == "s1"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_old_spellings_are_never_written(case: Case) -> None:
    dialect = dialect_of(case.attributes, case.source.scope)
    old = {old for table in (dialect, DIALECTS[-1]) for spellings in table.names.values() for old in spellings}
    said = said_by(case)
    assert sorted(name for name in said if name in old or name.startswith(dialect.also_read)) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_span_whose_scope_was_lost_is_known_by_its_attributes(case: Case) -> None:
    """Exporters and gateways rename scopes. What is OpenTelemetry's own by name is read as that."""
    marked = dialect_of(case.attributes)
    assert marked in (dialect_of(case.attributes, case.source.scope), DIALECTS[-1])


def test_nothing_that_is_unknown_gets_lost() -> None:
    said = {
        "openinference.span.kind": "LLM",
        "llm.model_name": "m",
        "shop.order": 7,
        "llm.prompt_template.template": "t",
    }
    assert canonical(said) == {
        "openinference.span.kind": "LLM",
        "shop.order": 7,
        "llm.prompt_template.template": "t",
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "m",
        "gen_ai.response.model": "m",
    }


@pytest.mark.parametrize(
    ("attributes", "source", "operation"),
    [
        ({"openinference.span.kind": "LLM"}, Source("openinference.instrumentation.openai", "ChatCompletion"), "chat"),
        ({}, Source("openinference.instrumentation.langchain", "ChatOpenAI"), ""),
        ({}, Source("opentelemetry.instrumentation.openai.v1", "openai.response"), "chat"),
        ({}, Source("gcp.vertex.agent", "call_llm"), "generate_content"),
        ({}, Source("gcp.vertex.agent", "execute_tool lookup_order"), "execute_tool"),
        ({"gen_ai.operation.name": "chain", "langsmith.span.kind": "chain"}, Source("langsmith"), "invoke_workflow"),
        ({"gen_ai.operation.name": "chat"}, Source("nobody knows this one"), "chat"),
        ({}, Source("opentelemetry.instrumentation.requests", "chat room"), ""),
        ({"mlflow.spanType": '"TOOL"'}, Source("mlflow.tracing.provider"), "execute_tool"),
    ],
)
def test_an_operation_is_known_at_the_start_as_far_as_the_library_tells_it(
    attributes: dict[str, Any], source: Source, operation: str
) -> None:
    assert operation_of(attributes, source) == operation


@pytest.mark.parametrize(
    ("told", "model", "known"),
    [
        ("openai.chat", None, "openai"),
        ("anthropic.messages", None, "anthropic"),
        ("google.vertex.chat", None, "gcp.gen_ai"),
        ("amazon-bedrock", None, "aws.bedrock"),
        ("az.ai.openai", None, "azure.ai.openai"),
        ("Mistral", None, "mistral_ai"),
        ("OpenAI", None, "openai"),
        ("strands-agents", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws.bedrock"),
        ("strands-agents", "gpt-4o", "strands-agents"),
        ("gcp.vertex.agent", "gemini-2.5-flash", "gcp.gen_ai"),
        ("Acme.Gateway", None, "Acme.Gateway"),
    ],
)
def test_a_provider_has_opentelemetrys_name(told: str, model: str | None, known: str) -> None:
    assert provider(told, model) == known


@pytest.mark.parametrize(
    ("attributes", "input_tokens"),
    [
        # The total is input and output: what was cached is part of the input.
        ({"gen_ai.usage.total_tokens": 1240}, 1200),
        # The total is more by what was cached: the input leaves it out.
        ({"gen_ai.usage.total_tokens": 1240 + 1100}, 2300),
        ({}, 1200),
    ],
)
def test_a_total_tells_whether_cached_tokens_are_part_of_the_input(
    attributes: dict[str, int], input_tokens: int
) -> None:
    said = {
        "gen_ai.usage.prompt_tokens": 1200,
        "gen_ai.usage.completion_tokens": 40,
        "gen_ai.usage.cache_read_input_tokens": 900,
        "gen_ai.usage.cache_write_input_tokens": 200,
    }
    assert canonical(said | attributes)["gen_ai.usage.input_tokens"] == input_tokens


@pytest.mark.parametrize("name", REPORTED_COST)
def test_a_cost_that_the_provider_reports_wins(name: str) -> None:
    """OpenRouter's `usage.cost`, LiteLLM's `response_cost`; 0 is what a gateway says of a model it does not know."""
    said = {
        "gen_ai.operation.name": "chat",
        "gen_ai.system": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.usage.input_tokens": 1_000_000,
        "gen_ai.usage.output_tokens": 0,
    }
    told = normalise_round(said | {name: 0.0123}, {}, started_ns=AT_NS)
    assert (told.nano_cost, told.attributes["invocation.cost.source"]) == (12_300_000, "provider")
    free = normalise_round(said | {name: 0.0}, {}, started_ns=AT_NS)
    assert (free.nano_cost, free.attributes["invocation.cost.source"]) == (150_000_000, "computed")


def test_what_another_library_worked_out_is_an_estimate_where_no_price_is_known() -> None:
    said = {"gen_ai.system": "acme", "gen_ai.request.model": "acme-1", "gen_ai.usage.input_tokens": 10}
    round_ = normalise_round(said | {"operation.cost": 0.5}, {}, started_ns=AT_NS)
    assert (round_.nano_cost, round_.attributes["invocation.cost.source"]) == (500_000_000, "estimated")
    assert normalise_round(said, {}, started_ns=AT_NS).attributes["invocation.cost.source"] == "unpriced"


def test_messages_in_the_events_of_older_conventions_are_read() -> None:
    """OpenTelemetry's conventions 1.28 to 1.36 (span events of the first instrumentations)."""
    call = {"id": "c1", "type": "function", "function": {"name": "lookup_order", "arguments": '{"order_id": 7}'}}
    events = (
        Event("gen_ai.system.message", {"content": "You help."}),
        Event("gen_ai.user.message", {"content": "Where is order 7?"}),
        Event("gen_ai.assistant.message", {"tool_calls": json.dumps([call])}),
        Event("gen_ai.tool.message", {"id": "c1", "content": "shipped"}),
        Event("gen_ai.choice", {"index": 0, "finish_reason": "stop", "message": json.dumps({"content": ANSWERS})}),
        Event("exception", {"exception.type": "ValueError"}),
    )
    said = canonical({"gen_ai.system": "openai", "gen_ai.operation.name": "chat"}, Source("acme", "chat", events))
    assert said == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.input.messages": [
            {"role": "system", "parts": [{"type": "text", "content": "You help."}]},
            {"role": "user", "parts": [{"type": "text", "content": "Where is order 7?"}]},
            {"role": "assistant", "parts": [{"type": "tool_call", "id": "c1", **ASKS}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "shipped"}]},
        ],
        "gen_ai.output.messages": [{"role": "assistant", "parts": [{"type": "text", "content": ANSWERS}]}],
    }


@given(
    st.lists(
        st.dictionaries(st.text("abc", min_size=1), st.text() | st.integers(), min_size=1), min_size=1, max_size=12
    ),
    st.randoms(),
)
def test_a_list_that_was_spread_over_attributes_is_put_together(told: list[dict[str, Any]], random: Any) -> None:
    flat = [(f"list.{number}.{name}", value) for number, entry in enumerate(told) for name, value in entry.items()]
    random.shuffle(flat)
    assert entries(dict(flat), "list.") == told


WORDS = sorted(
    {
        *("messages", "role", "content", "parts", "tool_calls", "type", "text", "id", "name", "arguments", "function"),
        *("input", "output", "choices", "message", "usage", "prompt_tokens", "input_tokens", "total_tokens", "data"),
        *("generations", "kwargs", "contents", "config", "tools", "system", "user", "tool", "assistant", "anthropic"),
        *("generation_info", "response_metadata", "usage_metadata", "toolUse", "tool_call", "toolCallId", "image"),
        *("constructor", "tool_result", "reasoning", "summary", "function_declarations", "llm_output", "candidates"),
        *("input_token_details", "prompt_tokens_details", "cached_tokens", "cacheDetails", "billed_units", "cost"),
    }
)
NAMES = {name for case in CASES for name in case.attributes}
JSON_NAMES = sorted({k for case in CASES for k, v in case.attributes.items() if isinstance(v, str) and v[:1] in "[{"})
ODD_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=8,
).map(json.dumps)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(sorted(NAMES)),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text(), max_size=3),
        max_size=12,
    ),
    st.dictionaries(st.sampled_from(JSON_NAMES), ODD_JSON, max_size=6),
    st.sampled_from(sorted({case.source.scope for case in CASES})),
    st.sampled_from(["chat", "execute_tool", "invoke_agent"]),
)
@example({}, {"gen_ai.input.messages": '{"parts": null}'}, "agent_framework", "chat")
@example({}, {"gen_ai.input.messages": '{"parts": 7}'}, "agent_framework", "chat")
def test_no_value_however_absurd_stops_a_span(
    attributes: dict[str, Any], bodies: dict[str, str], scope: str, operation: str
) -> None:
    said = canonical(attributes | bodies, Source(scope, f"{operation} m"))
    normalise_round(said, {}, started_ns=AT_NS)
    normalise_tool_call(said, {})
