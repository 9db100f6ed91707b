"""What `litellm` is asked to do: completions with OpenAI's protocol, which it sends with OpenAI's client."""

import json
from typing import Any

import litellm

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


def _to(world: World) -> dict[str, Any]:
    return {"model": f"openai/{MODEL}", "api_base": world.openai_url, "api_key": world.api_key, "max_retries": 0}


def plain(world: World) -> None:
    litellm.completion(messages=_messages(), **_to(world))


def stream(world: World) -> None:
    for _ in litellm.completion(messages=_messages(), stream=True, stream_options=USAGE_TOO, **_to(world)):
        pass


async def async_plain(world: World) -> None:
    await litellm.acompletion(messages=_messages(), **_to(world))


async def async_stream(world: World) -> None:
    chunks = await litellm.acompletion(messages=_messages(), stream=True, stream_options=USAGE_TOO, **_to(world))
    async for _ in chunks:
        pass


def tools(world: World) -> None:
    messages = _messages()
    with invocation("support") as run:
        answer = litellm.completion(messages=messages, tools=TOOLS, **_to(world)).choices[0].message
        messages.append(answer.model_dump(exclude_none=True))
        for call in answer.tool_calls or []:
            with run.tool(call.function.name, arguments=json.loads(call.function.arguments), call_id=call.id) as tool:
                tool.result(TOOL_RESULT)
            messages.append({"role": "tool", "tool_call_id": call.id, "content": TOOL_RESULT})
        litellm.completion(messages=messages, tools=TOOLS, **_to(world))


def error(world: World) -> None:
    litellm.completion(messages=_messages(), **_to(world))


async def cancel(world: World) -> None:
    await cancelled(litellm.acompletion(messages=_messages(), **_to(world)))
