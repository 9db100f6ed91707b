"""What `anthropic` is asked to do: messages; the tool runner and the other clients stand in `more_anthropic.py`."""

from typing import Any

import anthropic

from invocation_otel import invocation
from matrix_inside import QUESTION, SYSTEM, TOOL, TOOL_RESULT, World, cancelled

PROVIDER, MODEL, AGENT = "anthropic", "claude-opus-4-5", "chat"
COST_USD = 0.0037
ERROR = "BadRequestError"
EMPTY: dict[str, str] = {}

TOOLS: Any = [
    {
        "name": TOOL,
        "description": "Look an order up.",
        "input_schema": {"type": "object", "properties": {"order": {"type": "integer"}}},
    }
]


def _ask(messages: Any = None, **more: Any) -> Any:
    question = [{"role": "user", "content": QUESTION}]
    return {"model": MODEL, "max_tokens": 100, "system": SYSTEM, "messages": messages or question, **more}


def _client(world: World) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=world.anthropic_url, api_key=world.api_key, max_retries=0)


def _async_client(world: World) -> anthropic.AsyncAnthropic:
    return anthropic.AsyncAnthropic(base_url=world.anthropic_url, api_key=world.api_key, max_retries=0)


def plain(world: World) -> None:
    _client(world).messages.create(**_ask())


def stream(world: World) -> None:
    with _client(world).messages.stream(**_ask()) as chunks:
        for _ in chunks.text_stream:
            pass


async def async_plain(world: World) -> None:
    await _async_client(world).messages.create(**_ask())


async def async_stream(world: World) -> None:
    async with _async_client(world).messages.stream(**_ask()) as chunks:
        async for _ in chunks.text_stream:
            pass


def tools(world: World) -> None:
    client, messages = _client(world), _ask()["messages"]
    with invocation("support") as run:
        answer = client.messages.create(**_ask(messages, tools=TOOLS))
        messages.append({"role": "assistant", "content": [block.model_dump() for block in answer.content]})
        for block in answer.content:
            with run.tool(block.name, arguments=block.input, call_id=block.id) as tool:
                tool.result(TOOL_RESULT)
            result = {"type": "tool_result", "tool_use_id": block.id, "content": TOOL_RESULT}
            messages.append({"role": "user", "content": [result]})
        client.messages.create(**_ask(messages, tools=TOOLS))


def error(world: World) -> None:
    _client(world).messages.create(**_ask())


async def cancel(world: World) -> None:
    await cancelled(_async_client(world).messages.create(**_ask()))
