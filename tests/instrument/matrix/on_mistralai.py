"""What `mistralai` is asked to do: chats, plain and streamed."""

import json
from typing import Any

from mistralai.client import Mistral

from invocation_otel import invocation
from matrix_inside import QUESTION, SYSTEM, TOOL, TOOL_RESULT, World, cancelled
from matrix_providers import MISTRAL

PROVIDER, MODEL, AGENT = "mistral_ai", "mistral-small-latest", "chat"
COST_USD = 0.000108
ERROR = "SDKError"
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


def _messages() -> Any:
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]


def _client(world: World) -> Mistral:
    return Mistral(api_key=world.api_key, server_url=world.server.url_of(MISTRAL))


def plain(world: World) -> None:
    with _client(world) as client:
        client.chat.complete(model=MODEL, messages=_messages())


def stream(world: World) -> None:
    with _client(world) as client:
        for _ in client.chat.stream(model=MODEL, messages=_messages()):
            pass


async def async_plain(world: World) -> None:
    async with _client(world) as client:
        await client.chat.complete_async(model=MODEL, messages=_messages())


async def async_stream(world: World) -> None:
    async with _client(world) as client:
        async for _ in await client.chat.stream_async(model=MODEL, messages=_messages()):
            pass


def tools(world: World) -> None:
    messages = _messages()
    with _client(world) as client, invocation("support") as run:
        answer: Any = client.chat.complete(model=MODEL, messages=messages, tools=TOOLS).choices[0].message
        messages.append(answer)
        for call in answer.tool_calls or []:
            arguments = json.loads(call.function.arguments)
            with run.tool(call.function.name, arguments=arguments, call_id=call.id) as tool:
                tool.result(TOOL_RESULT)
            messages.append({"role": "tool", "name": TOOL, "tool_call_id": call.id, "content": TOOL_RESULT})
        client.chat.complete(model=MODEL, messages=messages, tools=TOOLS)


def error(world: World) -> None:
    plain(world)


async def cancel(world: World) -> None:
    async with _client(world) as client:
        await cancelled(client.chat.complete_async(model=MODEL, messages=_messages()))
