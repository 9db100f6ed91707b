"""What `openai` is asked to do: chat completions; the responses API and the rest stand in `more_openai.py`."""

import json
from typing import Any

import openai

from invocation_otel import invocation
from matrix_inside import QUESTION, SYSTEM, TOOL, TOOL_RESULT, World, cancelled

PROVIDER, MODEL, AGENT = "openai", "gpt-4o-mini", "chat"
COST_USD = 0.000132
ERROR = "BadRequestError"
EMPTY: dict[str, str] = {}

TOOLS: Any = [
    {
        "type": "function",
        "function": {
            "name": TOOL,
            "description": "Look an order up.",
            "parameters": {"type": "object", "properties": {"order": {"type": "integer"}}},
        },
    }
]
USAGE_TOO: Any = {"include_usage": True}


def _messages() -> Any:
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]


def _client(world: World) -> openai.OpenAI:
    return openai.OpenAI(base_url=world.openai_url, api_key=world.api_key, max_retries=0)


def _async_client(world: World) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=world.openai_url, api_key=world.api_key, max_retries=0)


def plain(world: World) -> None:
    _client(world).chat.completions.create(model=MODEL, messages=_messages())


def stream(world: World) -> None:
    for _ in _client(world).chat.completions.create(
        model=MODEL, messages=_messages(), stream=True, stream_options=USAGE_TOO
    ):
        pass


async def async_plain(world: World) -> None:
    await _async_client(world).chat.completions.create(model=MODEL, messages=_messages())


async def async_stream(world: World) -> None:
    chunks = await _async_client(world).chat.completions.create(
        model=MODEL, messages=_messages(), stream=True, stream_options=USAGE_TOO
    )
    async for _ in chunks:
        pass


def tools(world: World) -> None:
    client, messages = _client(world), _messages()
    with invocation("support") as run:
        answer = client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS).choices[0].message
        messages.append(answer.model_dump(exclude_none=True))
        for call in answer.tool_calls or []:
            function: Any = getattr(call, "function")  # noqa: B009 - of a union whose other members have none
            with run.tool(function.name, arguments=json.loads(function.arguments), call_id=call.id) as tool:
                tool.result(TOOL_RESULT)
            messages.append({"role": "tool", "tool_call_id": call.id, "content": TOOL_RESULT})
        client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS)


def error(world: World) -> None:
    _client(world).chat.completions.create(model=MODEL, messages=_messages())


async def cancel(world: World) -> None:
    await cancelled(_async_client(world).chat.completions.create(model=MODEL, messages=_messages()))
