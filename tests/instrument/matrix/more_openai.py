"""The other ways to call `openai`: responses, embeddings, parsed and raw answers, stream helpers, Azure, hard ends."""

import asyncio
import gc
from contextlib import suppress
from typing import Any

import openai
from pydantic import BaseModel

from invocation_otel.demo.script import BreakOff, Failure, Reply, Request
from matrix_chat import TOOLS, messages
from matrix_inside import ANSWER, QUESTION, SYSTEM, USAGE, World, cancelled, reply
from matrix_providers import AZURE
from on_openai import MODEL, USAGE_TOO, _async_client, _client

ASKED: Any = {"model": MODEL, "messages": [{"role": "user", "content": QUESTION}]}
STREAMED: Any = {**ASKED, "stream": True, "stream_options": USAGE_TOO}


class Place(BaseModel):
    """What an answer is parsed into."""

    city: str


def responses(world: World) -> None:
    _client(world).responses.create(model=MODEL, instructions=SYSTEM, input=QUESTION)


def responses_stream(world: World) -> None:
    for _ in _client(world).responses.create(model=MODEL, instructions=SYSTEM, input=QUESTION, stream=True):
        pass


def responses_stream_helper(world: World) -> None:
    with _client(world).responses.stream(model=MODEL, instructions=SYSTEM, input=QUESTION) as stream:
        stream.until_done()


async def responses_async_stream(world: World) -> None:
    client = _async_client(world)
    async for _ in await client.responses.create(model=MODEL, instructions=SYSTEM, input=QUESTION, stream=True):
        pass


def responses_parse(world: World) -> None:
    world.script = lambda _: Reply(text='{"city": "Wien"}', **USAGE)
    _client(world).responses.parse(model=MODEL, instructions=SYSTEM, input=QUESTION, text_format=Place)


def responses_incomplete(world: World) -> None:
    world.script = lambda _: Reply(text="It", stop_reason="max_output_tokens", **USAGE)
    _client(world).responses.create(model=MODEL, input=QUESTION)


def embeddings(world: World) -> None:
    _client(world).embeddings.create(model="text-embedding-3-small", input=["one", "two"], dimensions=4)


async def async_embeddings(world: World) -> None:
    await _async_client(world).embeddings.create(model="text-embedding-3-small", input=["one", "two"], dimensions=4)


def parse(world: World) -> None:
    world.script = lambda _: Reply(text='{"city": "Wien"}', **USAGE)
    _client(world).beta.chat.completions.parse(model=MODEL, messages=messages(), response_format=Place)


def stream_helper(world: World) -> None:
    with _client(world).beta.chat.completions.stream(model=MODEL, messages=messages(), stream_options=USAGE_TOO) as s:
        s.until_done()


def raw(world: World) -> None:
    _client(world).chat.completions.with_raw_response.create(**ASKED).parse()


async def async_raw(world: World) -> None:
    (await _async_client(world).chat.completions.with_raw_response.create(**ASKED)).parse()


def raw_stream(world: World) -> None:
    for _ in _client(world).chat.completions.with_raw_response.create(**STREAMED).parse():
        pass


def streaming_response(world: World) -> None:
    with _client(world).chat.completions.with_streaming_response.create(**ASKED) as response:
        for _ in response.iter_lines():
            pass


def streaming_response_parsed(world: World) -> None:
    with _client(world).chat.completions.with_streaming_response.create(**ASKED) as response:
        response.parse()


def raw_stream_closed_early(world: World) -> None:
    with _client(world).chat.completions.with_raw_response.create(**STREAMED).parse() as stream:
        next(stream)
        next(stream)


def raw_stream_broken_off(world: World) -> None:
    world.script = lambda _: Reply(text=ANSWER, break_off=BreakOff(after_events=2, error=Failure(status=500)))
    for _ in _client(world).chat.completions.with_raw_response.create(**STREAMED).parse():
        pass


def azure(world: World) -> None:
    endpoint = world.server.url_of(AZURE).removesuffix("/openai")
    client = openai.AzureOpenAI(azure_endpoint=endpoint, api_key=world.api_key, api_version="2024-10-21", max_retries=0)
    client.chat.completions.create(**ASKED)


async def async_azure(world: World) -> None:
    endpoint = world.server.url_of(AZURE).removesuffix("/openai")
    client = openai.AsyncAzureOpenAI(azure_endpoint=endpoint, api_key=world.api_key, api_version="2024-10-21")
    await client.chat.completions.create(**ASKED)


def params(world: World) -> None:
    _client(world).chat.completions.create(
        **ASKED,
        temperature=0.5,
        max_tokens=50,
        stop=["END"],
        tool_choice="none",
        tools=TOOLS,
        reasoning_effort="low",
        parallel_tool_calls=False,
        user="42",
        metadata={"k": "v"},
        extra_body={"own": 1},
    )


def without_usage(world: World) -> None:
    for _ in _client(world).chat.completions.create(**ASKED, stream=True):
        pass


def closed_early(world: World) -> None:
    with _client(world).chat.completions.create(**STREAMED) as stream:
        next(stream)
        next(stream)


def closed_when_all_was_said(world: World) -> None:
    with _client(world).chat.completions.create(**STREAMED) as stream:
        for chunk in stream:
            if chunk.choices and chunk.choices[0].finish_reason:
                break


def helper_closed_early(world: World) -> None:
    with _client(world).beta.chat.completions.stream(**ASKED, stream_options=USAGE_TOO) as stream:
        for _ in stream:
            break


def abandoned(world: World) -> None:
    stream = _client(world).chat.completions.create(**STREAMED)
    next(stream)
    next(stream)
    del stream
    gc.collect()


async def async_closed_early(world: World) -> None:
    async with await _async_client(world).chat.completions.create(**STREAMED) as stream:
        async for _ in stream:
            break


async def async_abandoned(world: World) -> None:
    stream = await _async_client(world).chat.completions.create(**STREAMED)
    await stream.__anext__()
    del stream
    gc.collect()


async def cancelled_in_stream(world: World) -> None:
    world.script = lambda _: Reply(text=ANSWER * 20, event_delay_s=0.1, **USAGE)

    async def read() -> None:
        async for _ in await _async_client(world).chat.completions.create(**STREAMED):
            pass

    await cancelled(read(), after_s=1)


async def cancelled_between_chunks(world: World) -> None:
    async def read() -> None:
        async for _ in await _async_client(world).chat.completions.create(**STREAMED):
            await asyncio.sleep(10)

    await cancelled(read())


def broken_off(world: World) -> None:
    world.script = lambda _: Reply(text=ANSWER, break_off=BreakOff(after_events=2))
    for _ in _client(world).chat.completions.create(**STREAMED):
        pass


def error_in_stream(world: World) -> None:
    world.script = lambda _: Reply(text=ANSWER, break_off=BreakOff(after_events=2, error=Failure(status=500)))
    for _ in _client(world).chat.completions.create(**STREAMED):
        pass


def recovered(world: World) -> None:
    def script(request: Request) -> Reply | Failure:
        return reply(request) if request.attempt > 2 else Failure(status=429, retry_after_s=0.01)

    world.script = script
    openai.OpenAI(base_url=world.openai_url, api_key=world.api_key, max_retries=3).chat.completions.create(**ASKED)


def rate_limited(world: World) -> None:
    world.script = lambda _: Failure(status=429, retry_after_s=0.01)
    openai.OpenAI(base_url=world.openai_url, api_key=world.api_key, max_retries=1).chat.completions.create(**ASKED)


def timed_out(world: World) -> None:
    world.script = lambda _: Reply(text=ANSWER, delay_s=5)
    _client(world).with_options(timeout=0.3).chat.completions.create(**ASKED)


def filtered(world: World) -> None:
    world.script = lambda _: Reply(text="", stop_reason="content_filter", **USAGE)
    _client(world).chat.completions.create(**ASKED)


def filtered_when_parsed(world: World) -> None:
    world.script = lambda _: Reply(text="", stop_reason="content_filter", **USAGE)
    _client(world).beta.chat.completions.parse(**ASKED, response_format=Place)


def refused(world: World) -> None:
    world.script = lambda _: Reply(refusal="I cannot help with that.", **USAGE)
    _client(world).chat.completions.create(**ASKED)


def empty(world: World) -> None:
    world.script = lambda _: Reply(text="", input_tokens=1000, output_tokens=0)
    _client(world).chat.completions.create(**ASKED)


def models(world: World) -> None:
    """Not a model call: nothing is recorded."""
    with suppress(openai.NotFoundError):
        _client(world).models.list()
