"""The other ways to call `anthropic`: plain streams, beta, the tool runner, raw answers, Bedrock, Vertex, hard ends."""

import gc
from typing import Any

import anthropic

from invocation_otel.demo.script import BreakOff, Failure, Reply, Request
from matrix_inside import ANSWER, TOOL, TOOL_RESULT, USAGE, World, cancelled, reply, tool_loop
from matrix_providers import BEDROCK, VERTEX
from on_anthropic import _ask, _async_client, _client

BEDROCK_MODEL = "anthropic.claude-opus-4-5-20251101-v1:0"
VERTEX_MODEL = "claude-opus-4-5@20251101"
LONG: Any = [{"type": "text", "text": "Long. " * 2000, "cache_control": {"type": "ephemeral", "ttl": "1h"}}]


def create_stream(world: World) -> None:
    for _ in _client(world).messages.create(**_ask(), stream=True):
        pass


def final_message(world: World) -> None:
    with _client(world).messages.stream(**_ask()) as stream:
        stream.get_final_message()


def beta(world: World) -> None:
    _client(world).beta.messages.create(**_ask(), betas=["some-beta-2025-01-01"])


def raw(world: World) -> None:
    _client(world).messages.with_raw_response.create(**_ask()).parse()


def tool_runner(world: World) -> None:
    world.script = tool_loop

    @anthropic.beta_tool
    def lookup(order: int) -> str:
        """Look an order up.

        Args:
            order: its number

        """
        return TOOL_RESULT if order else ""

    assert lookup.name == TOOL
    _client(world).beta.messages.tool_runner(**_ask(), tools=[lookup]).until_done()


def bedrock(world: World) -> None:
    _bedrock(world).messages.create(**_ask() | {"model": BEDROCK_MODEL})


def bedrock_stream(world: World) -> None:
    with _bedrock(world).messages.stream(**_ask() | {"model": BEDROCK_MODEL}) as stream:
        for _ in stream.text_stream:
            pass


def _bedrock(world: World) -> Any:
    return anthropic.AnthropicBedrock(
        aws_access_key=world.api_key,
        aws_secret_key="secret",
        aws_region="eu-central-1",
        base_url=world.server.url_of(BEDROCK),
        max_retries=0,
    )


def vertex(world: World) -> None:
    _vertex(world).messages.create(**_ask() | {"model": VERTEX_MODEL})


def vertex_stream(world: World) -> None:
    with _vertex(world).messages.stream(**_ask() | {"model": VERTEX_MODEL}) as stream:
        for _ in stream.text_stream:
            pass


def _vertex(world: World) -> Any:
    return anthropic.AnthropicVertex(
        access_token=world.api_key,
        project_id="shop",
        region="europe-west1",
        base_url=world.server.url_of(VERTEX),
        max_retries=0,
    )


def cached_for_an_hour(world: World) -> None:
    world.script = lambda _: Reply(text=ANSWER, output_tokens=20)
    _client(world).messages.create(**_ask() | {"system": LONG})


def params(world: World) -> None:
    _client(world).messages.create(
        **_ask(), tool_choice={"type": "none"}, metadata={"user_id": "42"}, stop_sequences=["END"]
    )


def closed_early(world: World) -> None:
    with _client(world).messages.stream(**_ask()) as stream:
        for _ in stream.text_stream:
            break


def abandoned(world: World) -> None:
    stream = _client(world).messages.create(**_ask(), stream=True)
    for _ in stream:
        break
    del stream, _
    gc.collect()


async def cancelled_in_stream(world: World) -> None:
    world.script = lambda _: Reply(text=ANSWER * 20, event_delay_s=0.1, **USAGE)

    async def read() -> None:
        async with _async_client(world).messages.stream(**_ask()) as stream:
            async for _ in stream.text_stream:
                pass

    await cancelled(read(), after_s=0.6)


def broken_off(world: World) -> None:
    world.script = lambda _: Reply(text=ANSWER, break_off=BreakOff(after_events=4), **USAGE)
    for _ in _client(world).messages.create(**_ask(), stream=True):
        pass


def error_in_stream(world: World) -> None:
    world.script = lambda _: Reply(text=ANSWER, break_off=BreakOff(after_events=4, error=Failure(status=529)), **USAGE)
    for _ in _client(world).messages.create(**_ask(), stream=True):
        pass


def recovered(world: World) -> None:
    def script(request: Request) -> Reply | Failure:
        return reply(request) if request.attempt > 2 else Failure(status=429, retry_after_s=0.01)

    world.script = script
    anthropic.Anthropic(base_url=world.anthropic_url, api_key=world.api_key, max_retries=3).messages.create(**_ask())


def timed_out(world: World) -> None:
    world.script = lambda _: Reply(text=ANSWER, delay_s=5)
    _client(world).with_options(timeout=0.3).messages.create(**_ask())


def filtered(world: World) -> None:
    world.script = lambda _: Reply(refusal="I cannot help with that.", **USAGE)
    _client(world).messages.create(**_ask())


def empty(world: World) -> None:
    world.script = lambda _: Reply(text="", input_tokens=1000, output_tokens=1)
    _client(world).messages.create(**_ask())
