"""From what instrumentations write to what is stored: each rule by a case."""

import json
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invocation_otel.spans.content import Snapshot, to_json
from invocation_otel.spans.messages import as_messages, as_parts, split_system
from invocation_otel.spans.normalise import merged, normalise_round, normalise_tool_call
from invocation_otel.spans.outcome import error_type, outcome_of_error, outcome_of_name
from invocation_otel.spans.prices import dollars, nano_dollars, price
from invocation_otel.spans.usage import Usage

AT_NS = 1_760_000_000_000_000_000
"""October 2025: prices hold at the time of the call."""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"gen_ai.system": "openai"}, {"gen_ai.provider.name": "openai"}),
        ({"gen_ai.usage.prompt_tokens": 5}, {"gen_ai.usage.input_tokens": 5}),
        ({"gen_ai.usage.completion_tokens": 5}, {"gen_ai.usage.output_tokens": 5}),
        ({"gen_ai.usage.cache_creation.input_tokens": 5}, {"gen_ai.usage.cache_write.input_tokens": 5}),
        ({"gen_ai.usage.cache_read_input_tokens": 5}, {"gen_ai.usage.cache_read.input_tokens": 5}),
        ({"enduser.id": "u"}, {"user.id": "u"}),
        # the newest spelling wins, and none is added to another
        ({"gen_ai.usage.prompt_tokens": 5, "gen_ai.usage.input_tokens": 7}, {"gen_ai.usage.input_tokens": 7}),
    ],
)
def test_old_spellings_are_read_and_never_written(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert normalise_tool_call(old, {}) == new | {"invocation.status": "success"}


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("openai.APITimeoutError", "timeout"),
        ("httpx2.ReadTimeout", "timeout"),
        ("celery.exceptions.SoftTimeLimitExceeded", "timeout"),
        ("google.api_core.exceptions.DeadlineExceeded", "timeout"),
        ("DEADLINE_EXCEEDED", "timeout"),
        ("asyncio.exceptions.CancelledError", "cancelled"),
        ("GeneratorExit", "cancelled"),
        ("openai.RateLimitError", "failed"),
        ("_OTHER", "failed"),
        ("429", "failed"),
    ],
)
def test_the_name_of_an_error_tells_the_status(name: str, status: str) -> None:
    assert outcome_of_name(name) == status


def test_a_timeout_is_told_by_a_base_class_too() -> None:
    class GaveUpError(TimeoutError):
        pass

    assert outcome_of_error(GaveUpError()) == "timeout"
    assert error_type(TimeoutError()) == "TimeoutError"
    assert error_type(json.JSONDecodeError("x", "", 0)) == "json.decoder.JSONDecodeError"


def test_prices_follow_the_list_in_every_part() -> None:
    """claude-sonnet-4-5 per million: input $3, output $15, cache read $0.30, cache write $3.75, for an hour $6."""
    usage = Usage(
        input_tokens=10_000,
        output_tokens=1_000,
        cache_read_tokens=5_000,
        cache_write_tokens=3_000,
        cache_write_1h_tokens=1_000,
    )
    cost = price(provider="anthropic", models=("claude-sonnet-4-5",), usage=usage, at_ns=AT_NS)

    assert cost is not None
    assert (cost.input, cost.output, cost.cache_read, cost.cache_write) == (
        2_000 * 3_000,
        1_000 * 15_000,
        5_000 * 300,
        2_000 * 3_750 + 1_000 * 6_000,
    )
    assert cost.total == 36_000_000
    assert cost.version.startswith("genai-prices ")


def test_a_long_context_costs_what_its_tier_says() -> None:
    """Above 200,000 input tokens every token of the call has the higher price: $6 and $22.50."""
    usage = Usage(input_tokens=200_001, output_tokens=10)
    cost = price(provider="anthropic", models=("claude-sonnet-4-5",), usage=usage, at_ns=AT_NS)
    assert cost is not None
    assert cost.total == 200_001 * 6_000 + 10 * 22_500


def test_the_model_that_was_asked_for_prices_a_round_whose_answer_names_an_unknown_one() -> None:
    usage = Usage(input_tokens=1_000)
    known = price(provider="openai", models=("gpt-4o-mini",), usage=usage, at_ns=AT_NS)
    assert known == price(provider="openai", models=("gpt-unheard-of", "gpt-4o-mini"), usage=usage, at_ns=AT_NS)
    assert price(provider="openai", models=("gpt-unheard-of",), usage=usage, at_ns=AT_NS) is None


@given(st.integers(min_value=0, max_value=10**15))
def test_dollars_survive_the_way_to_a_decimal_of_nine_places(nano: int) -> None:
    """ClickHouse reads the text of the double into Decimal(18, 9)."""
    amount = dollars(nano)
    assert nano_dollars(amount) == nano
    assert Decimal(repr(amount)) == Decimal(nano).scaleb(-9)


def test_a_round_that_breaks_the_token_rule_is_flagged() -> None:
    usage = {"gen_ai.usage.input_tokens": 5, "gen_ai.usage.output_tokens": 1, "gen_ai.usage.cache_read.input_tokens": 6}
    attributes = usage | {"gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o"}
    round_ = normalise_round(attributes, {}, started_ns=AT_NS)
    assert round_.attributes["invocation.usage.valid"] is False
    assert round_.attributes["invocation.cost.source"] == "unpriced"
    assert (round_.usage, round_.nano_cost) == (None, None)


def test_two_spans_of_one_call_become_one_and_the_outer_one_wins() -> None:
    outer = {"gen_ai.usage.input_tokens": 10, "gen_ai.response.finish_reasons": ("stop",), "gen_ai.request.model": "m"}
    inner = {
        "gen_ai.usage.input_tokens": 10,
        "anthropic.message.stop_reason": "end_turn",
        "anthropic.request.id": "req_1",
        "url.full": "https://api.anthropic.com",
    }
    assert merged(outer, [inner]) == {
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 0,
        "gen_ai.request.model": "m",
        "gen_ai.response.finish_reasons": ["end_turn"],
        "anthropic.message.stop_reason": "end_turn",
        "anthropic.request.id": "req_1",
    }


@pytest.mark.parametrize(
    ("given_", "parts"),
    [
        ("hi", [{"type": "text", "content": "hi"}]),
        ([{"type": "text", "text": "hi"}], [{"type": "text", "content": "hi"}]),
        (
            [{"type": "tool_use", "id": "t1", "name": "look", "input": {"id": 7}}],
            [{"type": "tool_call", "id": "t1", "name": "look", "arguments": {"id": 7}}],
        ),
        (
            [{"type": "tool_result", "tool_use_id": "t1", "content": "found"}],
            [{"type": "tool_call_response", "id": "t1", "response": "found"}],
        ),
        ([{"type": "image_url", "image_url": {"url": "u"}}], [{"type": "image_url", "image_url": {"url": "u"}}]),
        (None, []),
    ],
)
def test_the_content_of_a_message_becomes_parts(given_: Any, parts: list[dict[str, Any]]) -> None:
    assert as_parts(given_) == parts


def test_messages_of_every_form_become_opentelemetrys() -> None:
    text = {"type": "text", "content": "hi"}
    assert as_messages("hi", role="user") == [{"role": "user", "parts": [text]}]
    assert as_messages({"role": "user", "content": "hi"}, role="user") == [{"role": "user", "parts": [text]}]
    call = {"id": "c1", "function": {"name": "look", "arguments": '{"id":7}'}}
    assert as_messages([{"role": "assistant", "content": None, "tool_calls": [call]}], role="user") == [
        {"role": "assistant", "parts": [{"type": "tool_call", "id": "c1", "name": "look", "arguments": {"id": 7}}]}
    ]
    assert as_messages([{"role": "tool", "tool_call_id": "c1", "content": "found"}], role="user") == [
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "found"}]}
    ]
    own = [{"role": "user", "parts": [text]}]
    assert as_messages(own, role="assistant") == own


def test_only_leading_system_messages_are_the_system_prompt() -> None:
    system = {"role": "system", "parts": [{"type": "text", "content": "S"}]}
    user = {"role": "user", "parts": [{"type": "text", "content": "U"}]}
    assert split_system([system, user, system]) == (system["parts"], [user, system])


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_a_snapshot_gives_back_what_it_was_given_and_json_does_too(value: Any) -> None:
    assert Snapshot(value).value() == value
    assert json.loads(to_json(value)) == value


def test_members_of_an_enumeration_are_kept_as_their_text_or_number() -> None:
    """Roles often are: `class Role(str, Enum)`, which `marshal` does not take."""

    class Role(str, Enum):  # noqa: UP042 - as it was written before Python 3.11
        USER = "user"

    class Level(IntEnum):
        HIGH = 3

    given = {Role.USER: [Role.USER, Level.HIGH]}
    assert Snapshot(given).value() == {"user": ["user", 3]}
    assert to_json(Snapshot(given).value()) == '{"user":["user",3]}'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"n": 2**64}, '{"n":18446744073709551616}'),
        ({1: {"a": float("inf")}}, '{"1":{"a":null}}'),
        (["half \ud800"], '["half \ud800"]'),
    ],
)
def test_what_the_fast_writer_refuses_is_written_all_the_same(value: Any, text: str) -> None:
    assert to_json(value) == text


def test_what_has_no_json_form_becomes_the_nearest_that_has() -> None:
    class Thing:
        def __str__(self) -> str:
            return "a thing"

    odd = {"thing": Thing(), "bytes": b"\x00", "set": {1}, "nan": float("nan"), 3: "key"}
    assert json.loads(to_json(Snapshot(odd).value())) == {
        "thing": "a thing",
        "bytes": "AA==",
        "set": [1],
        "nan": None,
        "3": "key",
    }
