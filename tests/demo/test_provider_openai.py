"""The local provider server, asked by OpenAI's own client."""

import asyncio
import json
from typing import Any

import openai
import pytest
from openai_asking import CALL, QUESTION, STOCK, asking
from pydantic import BaseModel

from event_loops import in_a_loop
from invocation_otel.demo.providers import ProviderServer
from invocation_otel.demo.script import BreakOff, Failure, Reply, Request, ToolCall


def ask_and_fail(client: openai.OpenAI, expected: type[Exception]) -> None:
    with pytest.raises(expected):
        client.responses.create(model="gpt-4o", input="Hi")


def test_a_chat_completion_carries_text_usage_and_finish_reason() -> None:
    with asking(lambda _: Reply(text="Yes, forty tins.")) as (client, server):
        answer = client.chat.completions.create(model="gpt-4.1-mini", messages=QUESTION, temperature=0.2)
    [request] = server.requests
    assert (request.system, request.question, request.turn) == ("You sell tea.", "Is the Assam in stock?", 0)
    assert answer.model == "gpt-4.1-mini"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.choices[0].message.content == "Yes, forty tins."
    assert answer.usage is not None
    assert answer.usage.model_dump(exclude_none=True) == {
        "prompt_tokens": 12,
        "completion_tokens": 4,
        "total_tokens": 16,
        "prompt_tokens_details": {"audio_tokens": 0, "cached_tokens": 0, "cache_write_tokens": 0},
        "completion_tokens_details": {
            "accepted_prediction_tokens": 0,
            "audio_tokens": 0,
            "reasoning_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def test_stated_token_counts_are_reported_as_they_are() -> None:
    reply = Reply(text="Yes.", input_tokens=2_000, output_tokens=300, cache_read_tokens=1_536, reasoning_tokens=256)
    with asking(lambda _: reply) as (client, _):
        usage = client.chat.completions.create(model="gpt-5-mini", messages=QUESTION).usage
    assert usage is not None
    assert usage.prompt_tokens_details is not None
    assert usage.completion_tokens_details is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (2_000, 300, 2_300)
    assert usage.prompt_tokens_details.cached_tokens == 1_536
    assert usage.completion_tokens_details.reasoning_tokens == 256


@pytest.mark.parametrize("with_usage", [True, False])
def test_a_chat_stream_reports_usage_only_when_asked_to(*, with_usage: bool) -> None:
    options: Any = {"stream_options": {"include_usage": True}} if with_usage else {}
    with asking(lambda _: Reply(text="Yes, forty tins are on the shelf.")) as (client, _):
        chunks = list(client.chat.completions.create(model="gpt-4o", messages=QUESTION, stream=True, **options))
    texts = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    assert "".join(text or "" for text in texts) == "Yes, forty tins are on the shelf."
    assert len(texts) > 3
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    usages = [chunk.usage.completion_tokens for chunk in chunks if chunk.usage]
    assert (usages, chunks[-1].choices == []) == ([9], True) if with_usage else ([], False)


def test_streamed_tool_arguments_arrive_in_fragments_and_join_to_the_whole() -> None:
    second = ToolCall(name="price", arguments={"tea": "Assam", "grams": 250}, id="call_2")
    with asking(lambda _: Reply(tool_calls=(CALL, second))) as (client, _):
        stream = client.chat.completions.create(model="gpt-4o", messages=QUESTION, tools=[STOCK], stream=True)
        deltas = [call for chunk in stream for call in chunk.choices[0].delta.tool_calls or []]
    assert [(delta.index, delta.id, delta.function and delta.function.name) for delta in deltas if delta.id] == [
        (0, "call_1", "stock"),
        (1, "call_2", "price"),
    ]
    written = ["".join(d.function.arguments or "" for d in deltas if d.index == at and d.function) for at in (0, 1)]
    assert [json.loads(text) for text in written] == [CALL.arguments, second.arguments]
    assert len(deltas) > 6


def test_a_tool_round_trip_shows_the_script_the_result() -> None:
    def script(request: Request) -> Reply:
        return Reply(text=request.tool_results[0].text) if request.turn else Reply(tool_calls=(CALL,))

    with asking(script) as (client, server):
        first = client.chat.completions.create(model="gpt-4o", messages=QUESTION, tools=[STOCK]).choices[0]
        turn: Any = [first.message, {"role": "tool", "tool_call_id": "call_1", "content": "40 tins"}]
        second = client.chat.completions.create(model="gpt-4o", messages=[*QUESTION, *turn], tools=[STOCK])
    assert (first.finish_reason, first.message.content) == ("tool_calls", None)
    assert second.choices[0].message.content == "40 tins"
    assert server.requests[1].tools == ("stock",)


class Stock(BaseModel):
    """What a structured answer holds."""

    tins: int


def test_a_structured_answer_is_parsed_by_both_apis() -> None:
    with asking(lambda _: Reply(text='{"tins": 40}')) as (client, _):
        chat = client.chat.completions.parse(model="gpt-4o", messages=QUESTION, response_format=Stock)
        response = client.responses.parse(model="gpt-4o", input="Is it in stock?", text_format=Stock)
    assert chat.choices[0].message.parsed == Stock(tins=40) == response.output_parsed


def test_a_refusal_a_content_filter_an_empty_answer_and_a_cut_answer_look_as_they_do_there() -> None:
    replies = {
        "refusal": Reply(refusal="I cannot help with that."),
        "filtered": Reply(stop_reason="content_filter"),
        "empty": Reply(),
        "cut": Reply(text="A long story. " * 20),
    }
    with asking(lambda request: replies[request.model]) as (client, _):
        answers = {
            name: client.chat.completions.create(model=name, messages=QUESTION, max_completion_tokens=20).choices[0]
            for name in replies
        }
    assert {name: (a.finish_reason, a.message.refusal, a.message.content) for name, a in answers.items()} == {
        "refusal": ("stop", "I cannot help with that.", None),
        "filtered": ("content_filter", None, ""),
        "empty": ("stop", None, ""),
        "cut": ("length", None, ("A long story. " * 20)[:80]),
    }


def test_the_client_s_own_stream_helpers_accumulate_the_whole_answer() -> None:
    reply = Reply(text="Forty tins.", tool_calls=(CALL,))
    with asking(lambda _: reply) as (client, _):
        with client.chat.completions.stream(model="gpt-4o", messages=QUESTION) as chat_stream:
            chat = chat_stream.get_final_completion().choices[0].message
        with client.responses.stream(model="gpt-4o", input="In stock?") as response_stream:
            response = response_stream.get_final_response()
    assert (chat.content, chat.tool_calls and chat.tool_calls[0].id) == ("Forty tins.", "call_1")
    assert (response.output_text, response.output[1].type) == ("Forty tins.", "function_call")


@pytest.mark.parametrize("status", [429, 500])
def test_a_failure_that_passes_is_survived_by_the_client_s_retry(status: int) -> None:
    def script(request: Request) -> Reply | Failure:
        return Reply(text="Yes.") if request.attempt == 3 else Failure(status=status, retry_after_s=0.01)

    with asking(script) as (client, server):
        answer = client.chat.completions.create(model="gpt-4o", messages=QUESTION)
    assert answer.choices[0].message.content == "Yes."
    assert [request.attempt for request in server.requests] == [1, 2, 3]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, openai.BadRequestError),
        (401, openai.AuthenticationError),
        (403, openai.PermissionDeniedError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
    ],
)
def test_a_permanent_failure_is_raised_as_the_client_s_own_error(
    status: int, expected: type[openai.APIStatusError]
) -> None:
    failure = Failure(status=status, message="No more tea.", code="out_of_tea", retry_after_s=0.01)
    with asking(lambda _: failure) as (client, _), pytest.raises(expected, match="No more tea") as raised:
        client.chat.completions.create(model="gpt-4o", messages=QUESTION)
    assert raised.value.code == "out_of_tea"
    assert (raised.value.request_id or "").startswith("req_")


def test_a_wrong_key_and_an_unknown_path_are_refused() -> None:
    with asking(lambda _: Reply(), api_key="wrong") as (client, server):
        with pytest.raises(openai.AuthenticationError, match="Incorrect API key"):
            client.chat.completions.create(model="gpt-4o", messages=QUESTION)
        with pytest.raises(openai.NotFoundError, match=r"Invalid URL \(GET /openai/v1/models\)"):
            client.with_options(api_key=server.api_key).models.list()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"messages": [{"role": "user", "content": "Hi"}]}, "you must provide a model"),
        ({"model": "gpt-4o"}, "Missing required parameter: 'messages'"),
        ({"model": "gpt-4o", "messages": []}, "Invalid 'messages'"),
        ({"model": "gpt-4o", "messages": [{"role": "robot", "content": "Hi"}]}, "Invalid value: 'robot'"),
        ({"model": "gpt-4o", "messages": [{"role": "tool", "tool_call_id": "x", "content": ""}]}, "preceeding message"),
        ({"model": "gpt-4o", "messages": QUESTION, "stream_options": {"include_usage": True}}, "only allowed when"),
        ({"model": "gpt-4o", "messages": "Hi"}, "expected shape"),
    ],
)
def test_a_chat_request_that_openai_refuses_is_refused(body: dict[str, Any], message: str) -> None:
    with asking(lambda _: Reply()) as (client, server), pytest.raises(openai.BadRequestError, match=message):
        client.post("/chat/completions", body=body, cast_to=object)
    assert server.requests == []


def test_an_unanswered_tool_call_is_refused_by_both_apis() -> None:
    chat: Any = {"id": "call_1", "type": "function", "function": {"name": "stock", "arguments": "{}"}}
    item: Any = {"type": "function_call", "call_id": "call_1", "name": "stock", "arguments": "{}"}
    with asking(lambda _: Reply()) as (client, _):
        with pytest.raises(openai.BadRequestError, match=r"did not have response messages: call_1"):
            client.chat.completions.create(
                model="gpt-4o", messages=[*QUESTION, {"role": "assistant", "tool_calls": [chat]}]
            )
        with pytest.raises(openai.BadRequestError, match="No tool output found for function call call_1"):
            client.responses.create(model="gpt-4o", input=[item])
        with pytest.raises(openai.BadRequestError, match="Previous response with id 'resp_1' not found"):
            client.responses.create(model="gpt-4o", input="Hi", previous_response_id="resp_1")


def test_a_slow_answer_runs_into_the_client_s_timeout() -> None:
    with asking(lambda _: Reply(delay_s=30), timeout=0.1, max_retries=0) as (client, _):
        ask_and_fail(client, openai.APITimeoutError)


def test_a_stream_may_break_off_with_and_without_an_error() -> None:
    breaks = {
        "closes": BreakOff(after_events=3),
        "says": BreakOff(after_events=3, error=Failure(status=500, message="The tea is cold.")),
    }
    with asking(lambda request: Reply(text="word " * 50, break_off=breaks[request.model])) as (client, _):
        with pytest.raises(openai.APIConnectionError):
            list(client.chat.completions.create(model="closes", messages=QUESTION, stream=True))
        with pytest.raises(openai.APIError, match="The tea is cold"):
            list(client.chat.completions.create(model="says", messages=QUESTION, stream=True))
        events = list(client.responses.create(model="says", input="Hi", stream=True))
    assert events[-1].type == "error"


def test_the_script_s_own_error_is_raised_when_the_server_ends() -> None:
    def script(_: Request) -> Reply:
        raise LookupError("no line for this question")

    with pytest.raises(LookupError, match="no line"), asking(script, max_retries=0) as (client, _):
        ask_and_fail(client, openai.InternalServerError)


@in_a_loop
async def test_the_async_client_asks_at_the_same_time_and_streams() -> None:
    with ProviderServer(lambda request: Reply(text=request.question, delay_s=0.2)) as server:
        async with openai.AsyncOpenAI(base_url=server.openai_url, api_key=server.api_key) as client:
            async with asyncio.timeout(1.5):
                answers = await asyncio.gather(
                    *(client.responses.create(model="gpt-4o", input=f"Number {at}?") for at in range(10))
                )
            stream = await client.chat.completions.create(model="gpt-4o", messages=QUESTION, stream=True)
            text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
    assert [answer.output_text for answer in answers] == [f"Number {at}?" for at in range(10)]
    assert text == "Is the Assam in stock?"
