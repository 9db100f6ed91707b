"""What `litellm` is asked to do: completions with OpenAI's protocol, which it sends with OpenAI's client."""

from typing import Any

import litellm

from matrix_chat import TOOLS, call_tools, messages
from matrix_inside import World, cancelled

PROVIDER, MODEL, AGENT = "openai", "gpt-4o-mini", "chat"
COST_USD = 0.000132
ERROR = "BadRequestError"
EMPTY: dict[str, str] = {}

USAGE_TOO: Any = {"include_usage": True}


def _to(world: World) -> dict[str, Any]:
    return {"model": f"openai/{MODEL}", "api_base": world.openai_url, "api_key": world.api_key, "max_retries": 0}


def plain(world: World) -> None:
    litellm.completion(messages=messages(), **_to(world))


def stream(world: World) -> None:
    for _ in litellm.completion(messages=messages(), stream=True, stream_options=USAGE_TOO, **_to(world)):
        pass


async def async_plain(world: World) -> None:
    await litellm.acompletion(messages=messages(), **_to(world))


async def async_stream(world: World) -> None:
    chunks = await litellm.acompletion(messages=messages(), stream=True, stream_options=USAGE_TOO, **_to(world))
    async for _ in chunks:
        pass


def tools(world: World) -> None:
    ask = {"tools": TOOLS, **_to(world)}
    call_tools(lambda conversation: litellm.completion(messages=conversation, **ask).choices[0].message)


def error(world: World) -> None:
    litellm.completion(messages=messages(), **_to(world))


async def cancel(world: World) -> None:
    await cancelled(litellm.acompletion(messages=messages(), **_to(world)))
