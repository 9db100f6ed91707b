"""Answers customers: tools, several rounds, and the memory of the conversation."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from anthropic import Anthropic
from anthropic.types import Message, MessageParam, ToolParam, ToolResultBlockParam, ToolUseBlock

import invocation_otel
from invocation_otel import Prompt
from invocation_otel.demo.shop import BackOffice, Bills

MOST_ROUNDS = 8


def _tool(name: str, description: str, **properties: str) -> ToolParam:
    schema = {name: {"type": kind} for name, kind in properties.items()}
    return {
        "name": name,
        "description": description,
        "input_schema": {"type": "object", "properties": schema, "required": list(schema)},
    }


TOOLS = [
    _tool("lookup_order", "One order: articles, price, customer, state.", order="integer"),
    _tool("track_parcel", "Where the parcel of an order is, from the carrier.", order="integer"),
    _tool("check_stock", "How many pieces of a product are on the shelf.", product="string"),
    _tool("create_refund", "Give money back at once.", order="integer", amount="number", reason="string"),
]


class SupportAgent:
    """Answers one question of a customer, with what was said before."""

    name = "support"

    def __init__(self, claude: Anthropic, office: BackOffice, bills: Bills) -> None:
        self._claude = claude
        self._tools: Mapping[str, Callable[..., Mapping[str, Any]]] = {
            "lookup_order": office.lookup_order,
            "track_parcel": office.track_parcel,
            "check_stock": office.check_stock,
            "create_refund": office.create_refund,
        }
        self._bills = bills

    def run(self, question: str, *, system_prompt: Prompt, memory: Sequence[MessageParam] = ()) -> str:
        """The answer."""
        self._bills.add(invocation_otel.current_run())
        messages: list[MessageParam] = [*memory, {"role": "user", "content": question}]
        for _ in range(MOST_ROUNDS):
            answer = self._ask(system_prompt.text, messages)
            messages.append({"role": "assistant", "content": answer.content})
            calls = [block for block in answer.content if block.type == "tool_use"]
            if not calls:
                return "".join(block.text for block in answer.content if block.type == "text")
            messages.append({"role": "user", "content": [self._use(call) for call in calls]})
        raise RuntimeError(f"No answer after {MOST_ROUNDS} rounds.")

    def _ask(self, system: str, messages: Sequence[MessageParam]) -> Message:
        return self._claude.messages.create(
            model="claude-sonnet-5-5",
            max_tokens=800,
            # The same for every customer of a shop: written to the provider's cache once, then read.
            system=[{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}],
            messages=messages,
            tools=TOOLS,
        )

    def _use(self, call: ToolUseBlock) -> ToolResultBlockParam:
        try:
            with invocation_otel.current_run().tool(call.name, arguments=call.input, call_id=call.id) as tool:
                result = self._tools[call.name](**call.input)
                tool.result(result)
        except ConnectionError as error:
            return {"type": "tool_result", "tool_use_id": call.id, "content": str(error), "is_error": True}
        return {"type": "tool_result", "tool_use_id": call.id, "content": json.dumps(result)}
