"""What is asked of clients whose messages are those of OpenAI's chat completions, and their tool loop by hand."""

import json
from collections.abc import Callable
from typing import Any

from invocation_otel import invocation
from matrix_inside import QUESTION, SYSTEM, TOOL, TOOL_RESULT

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


def messages() -> Any:
    """The question, and what the model is told to be."""
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]


def call_tools(ask: Callable[[Any], Any]) -> None:
    """Ask, call the tools that the model asks for, and ask again; *ask* gives the answer to messages as a message."""
    conversation = messages()
    with invocation("support") as run:
        answer = ask(conversation)
        conversation.append(answer.model_dump(exclude_none=True))
        for call in answer.tool_calls or []:
            with run.tool(call.function.name, arguments=json.loads(call.function.arguments), call_id=call.id) as tool:
                tool.result(TOOL_RESULT)
            conversation.append({"role": "tool", "tool_call_id": call.id, "content": TOOL_RESULT})
        ask(conversation)
