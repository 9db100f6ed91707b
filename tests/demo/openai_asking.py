"""OpenAI's own client, asking the local provider server."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openai
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from invocation_otel.demo.providers import ProviderServer
from invocation_otel.demo.script import Script, ToolCall

QUESTION: list[ChatCompletionMessageParam] = [
    {"role": "system", "content": "You sell tea."},
    {"role": "user", "content": "Is the Assam in stock?"},
]
STOCK: ChatCompletionToolParam = {
    "type": "function",
    "function": {"name": "stock", "parameters": {"type": "object", "properties": {"tea": {"type": "string"}}}},
}
CALL = ToolCall(name="stock", arguments={"tea": "Assam, second flush"}, id="call_1")


@contextmanager
def asking(script: Script, **options: Any) -> Iterator[tuple[openai.OpenAI, ProviderServer]]:
    with (
        ProviderServer(script) as server,
        openai.OpenAI(base_url=server.openai_url, **{"api_key": server.api_key, **options}) as client,
    ):
        yield client, server
