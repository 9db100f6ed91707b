"""What `openai` is asked to do: chat completions; the responses API and the rest stand in `more_openai.py`."""

from typing import Any

import openai

from matrix_chat import TOOLS, call_tools, messages
from matrix_inside import World, cancelled

PROVIDER, MODEL, AGENT = "openai", "gpt-4o-mini", "chat"
COST_USD = 0.000132
ERROR = "BadRequestError"
EMPTY: dict[str, str] = {}

USAGE_TOO: Any = {"include_usage": True}


def _client(world: World) -> openai.OpenAI:
    return openai.OpenAI(base_url=world.openai_url, api_key=world.api_key, max_retries=0)


def _async_client(world: World) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=world.openai_url, api_key=world.api_key, max_retries=0)


def plain(world: World) -> None:
    _client(world).chat.completions.create(model=MODEL, messages=messages())


def stream(world: World) -> None:
    for _ in _client(world).chat.completions.create(
        model=MODEL, messages=messages(), stream=True, stream_options=USAGE_TOO
    ):
        pass


async def async_plain(world: World) -> None:
    await _async_client(world).chat.completions.create(model=MODEL, messages=messages())


async def async_stream(world: World) -> None:
    chunks = await _async_client(world).chat.completions.create(
        model=MODEL, messages=messages(), stream=True, stream_options=USAGE_TOO
    )
    async for _ in chunks:
        pass


def tools(world: World) -> None:
    create = _client(world).chat.completions.create
    call_tools(lambda said: create(model=MODEL, messages=said, tools=TOOLS).choices[0].message)


def error(world: World) -> None:
    _client(world).chat.completions.create(model=MODEL, messages=messages())


async def cancel(world: World) -> None:
    await cancelled(_async_client(world).chat.completions.create(model=MODEL, messages=messages()))
