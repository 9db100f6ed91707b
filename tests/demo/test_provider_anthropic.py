"""The local provider server, asked by Anthropic's own client."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anthropic
import pytest
from anthropic.types import MessageParam, ToolParam
from pydantic import BaseModel

from event_loops import in_a_loop
from invocation_otel.demo.providers import ProviderServer
from invocation_otel.demo.script import BreakOff, Failure, Reply, Request, Script, ToolCall

QUESTION: list[MessageParam] = [{"role": "user", "content": "Is the Assam in stock?"}]
STOCK: ToolParam = {"name": "stock", "input_schema": {"type": "object", "properties": {"tea": {"type": "string"}}}}
CALL = ToolCall(name="stock", arguments={"tea": "Assam, second flush"}, id="toolu_1")
CREATE: Any = {"model": "claude-sonnet-5-5", "max_tokens": 500, "messages": QUESTION}


@contextmanager
def asking(script: Script, **options: Any) -> Iterator[tuple[anthropic.Anthropic, ProviderServer]]:
    with (
        ProviderServer(script) as server,
        anthropic.Anthropic(base_url=server.anthropic_url, **{"api_key": server.api_key, **options}) as client,
    ):
        yield client, server


def test_a_message_carries_text_usage_and_stop_reason() -> None:
    with asking(lambda _: Reply(text="Yes, forty tins.")) as (client, server):
        answer = client.messages.create(**CREATE, system="You sell tea.")
    [request] = server.requests
    assert (request.system, request.question, request.turn) == ("You sell tea.", "Is the Assam in stock?", 0)
    assert (answer.model, answer.stop_reason) == ("claude-sonnet-5-5", "end_turn")
    assert [block.to_dict() for block in answer.content] == [
        {"type": "text", "text": "Yes, forty tins.", "citations": None}
    ]
    assert answer.usage.to_dict() == {
        "input_tokens": 11,
        "output_tokens": 4,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "service_tier": "standard",
    }


def test_stated_counts_are_split_as_anthropic_splits_them() -> None:
    """A reply states all input tokens; Anthropic reports `input_tokens` without the cached ones."""
    reply = Reply(text="Yes.", input_tokens=1_200, output_tokens=50, cache_read_tokens=900, cache_write_tokens=200)
    with asking(lambda _: reply) as (client, _):
        usage = client.messages.create(**CREATE).usage
    assert (usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens) == (100, 900, 200)
    assert usage.cache_creation is not None
    assert usage.cache_creation.ephemeral_5m_input_tokens == 200


def test_a_stream_gives_the_api_s_events_in_order() -> None:
    reply = Reply(reasoning="I look it up.", text="One moment.", tool_calls=(CALL,), input_tokens=40, output_tokens=30)
    with asking(lambda _: reply) as (client, _):
        events = list(client.messages.create(**CREATE, stream=True))
    kinds = [event.type for at, event in enumerate(events) if at == 0 or events[at - 1].type != event.type]
    block = ["content_block_start", "content_block_delta", "content_block_stop"]
    assert kinds == ["message_start", *block, *block, *block, "message_delta", "message_stop"]
    deltas = [event.delta.type for event in events if event.type == "content_block_delta"]
    assert list(dict.fromkeys(deltas)) == ["thinking_delta", "signature_delta", "text_delta", "input_json_delta"]
    start, end = events[0], events[-2]
    assert start.type == "message_start"
    assert end.type == "message_delta"
    assert (start.message.usage.input_tokens, start.message.usage.output_tokens) == (40, 1)
    assert (end.usage.input_tokens, end.usage.output_tokens, end.delta.stop_reason) == (40, 30, "tool_use")


def test_the_client_s_own_stream_helper_accumulates_the_whole_message() -> None:
    reply = Reply(text="One moment, I look.", tool_calls=(CALL, ToolCall(name="time", id="toolu_2")))
    with asking(lambda _: reply) as (client, _), client.messages.stream(**CREATE, tools=[STOCK]) as stream:
        text = "".join(stream.text_stream)
        message = stream.get_final_message()
    assert text == "One moment, I look."
    assert [block.input for block in message.content if block.type == "tool_use"] == [CALL.arguments, {}]


def test_a_tool_round_trip_shows_the_script_the_result() -> None:
    def script(request: Request) -> Reply:
        return Reply(text=request.tool_results[0].text) if request.turn else Reply(tool_calls=(CALL,))

    with asking(script) as (client, server):
        first = client.messages.create(**CREATE, tools=[STOCK])
        result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "The till is closed.", "is_error": True}
        turn: Any = [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
        second = client.messages.create(**{**CREATE, "messages": [*QUESTION, *turn]}, tools=[STOCK])
    assert first.stop_reason == "tool_use"
    assert [block.to_dict()["text"] for block in second.content] == ["The till is closed."]
    assert (server.requests[1].tools, server.requests[1].tool_results[0].is_error) == (("stock",), True)


class Stock(BaseModel):
    """What a structured answer holds."""

    tins: int


def test_a_structured_answer_is_parsed() -> None:
    with asking(lambda _: Reply(text='{"tins": 40}')) as (client, _):
        assert client.messages.parse(**CREATE, output_format=Stock).parsed_output == Stock(tins=40)


def test_a_refusal_an_empty_answer_a_pause_and_a_cut_answer_look_as_they_do_there() -> None:
    replies = {
        "refusal": Reply(refusal="It could hurt somebody."),
        "empty": Reply(),
        "pause": Reply(text="Wait.", stop_reason="pause_turn"),
        "cut": Reply(text="A long story. " * 20),
    }
    with asking(lambda request: replies[request.model]) as (client, _):
        answers = {name: client.messages.create(model=name, messages=QUESTION, max_tokens=10) for name in replies}
    assert {name: (answer.stop_reason, len(answer.content)) for name, answer in answers.items()} == {
        "refusal": ("refusal", 0),
        "empty": ("end_turn", 0),
        "pause": ("pause_turn", 1),
        "cut": ("max_tokens", 1),
    }
    assert answers["cut"].usage.output_tokens == 10


@pytest.mark.parametrize("status", [429, 500, 529])
def test_a_failure_that_passes_is_survived_by_the_client_s_retry(status: int) -> None:
    def script(request: Request) -> Reply | Failure:
        return Reply(text="Yes.") if request.attempt == 2 else Failure(status=status, retry_after_s=0.01)

    with asking(script) as (client, server):
        client.messages.create(**CREATE)
    assert [request.attempt for request in server.requests] == [1, 2]


@pytest.mark.parametrize(
    ("status", "expected", "kind"),
    [
        (400, anthropic.BadRequestError, "invalid_request_error"),
        (401, anthropic.AuthenticationError, "authentication_error"),
        (429, anthropic.RateLimitError, "rate_limit_error"),
        (500, anthropic.InternalServerError, "api_error"),
    ],
)
def test_a_permanent_failure_is_raised_as_the_client_s_own_error(
    status: int, expected: type[anthropic.APIStatusError], kind: str
) -> None:
    failure = Failure(status=status, message="No more tea.", retry_after_s=0.01)
    with asking(lambda _: failure) as (client, _), pytest.raises(expected, match="No more tea") as raised:
        client.messages.create(**CREATE)
    body: Any = raised.value.body
    assert body["error"] == {"type": kind, "message": "No more tea."}


def test_a_wrong_key_and_an_unknown_path_are_refused() -> None:
    with asking(lambda _: Reply(), api_key="wrong") as (client, server):
        with pytest.raises(anthropic.AuthenticationError, match="invalid x-api-key"):
            client.messages.create(**CREATE)
        with pytest.raises(anthropic.NotFoundError, match="Not Found"):
            client.with_options(api_key=server.api_key).models.list()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": None}, "model: Field required"),
        ({"max_tokens": None}, "max_tokens: Field required"),
        ({"messages": []}, "at least one message"),
        ({"messages": [{"role": "robot", "content": "Hi"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": ""}]}, "non-empty content"),
        (
            {"messages": [{"role": "user", "content": [{"type": "tool_result", "tool_use_id": "x"}]}]},
            "unexpected `tool_use_id` found in `tool_result` blocks: x",
        ),
        (
            {
                "messages": [
                    *QUESTION,
                    {"role": "assistant", "content": [{"type": "tool_use", "id": "x", "name": "n", "input": {}}]},
                ]
            },
            "without `tool_result` blocks immediately after: x",
        ),
        (
            {"system": [{"type": "text", "text": "t", "cache_control": {"type": "ephemeral"}}] * 5},
            "maximum of 4 blocks",
        ),
    ],
)
def test_a_request_that_anthropic_refuses_is_refused(change: dict[str, Any], message: str) -> None:
    body = {name: value for name, value in {**CREATE, **change}.items() if value is not None}
    with asking(lambda _: Reply()) as (client, server), pytest.raises(anthropic.BadRequestError, match=message):
        client.post("/v1/messages", body=body, cast_to=object)
    assert server.requests == []


def test_a_slow_answer_runs_into_the_client_s_timeout() -> None:
    slow = asking(lambda _: Reply(delay_s=30), timeout=0.1, max_retries=0)
    with slow as (client, _), pytest.raises(anthropic.APITimeoutError):
        client.messages.create(**CREATE)


def test_a_stream_may_break_off_with_and_without_an_error() -> None:
    breaks = {
        "closes": BreakOff(after_events=4),
        "says": BreakOff(after_events=4, error=Failure(status=529)),
    }
    with asking(lambda request: Reply(text="word " * 50, break_off=breaks[request.model])) as (client, _):
        with pytest.raises(Exception, match="incomplete chunked read"):
            list(client.messages.create(**{**CREATE, "model": "closes"}, stream=True))
        with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
            list(client.messages.create(**{**CREATE, "model": "says"}, stream=True))


@in_a_loop
async def test_the_async_client_streams() -> None:
    with ProviderServer(lambda request: Reply(text=request.question)) as server:
        async with (
            anthropic.AsyncAnthropic(base_url=server.anthropic_url, api_key=server.api_key) as client,
            client.messages.stream(**CREATE) as stream,
        ):
            text = "".join([piece async for piece in stream.text_stream])
    assert text == "Is the Assam in stock?"
