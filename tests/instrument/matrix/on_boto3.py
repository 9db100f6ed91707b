"""What `boto3` is asked to do: Converse of Amazon Bedrock, plain and streamed."""

from typing import Any

import boto3
from botocore.config import Config

from invocation_otel import invocation
from matrix_inside import QUESTION, SYSTEM, TOOL, TOOL_RESULT, World
from matrix_providers import BEDROCK

PROVIDER, MODEL, AGENT = "aws.bedrock", "amazon.nova-lite-v1:0", "chat"
MODEL_OF_ANSWER = ""
COST_USD = 0.0000468
ERROR = "ValidationException"
NOT_ASYNC = "`boto3` has no async client"
EMPTY = {"async": NOT_ASYNC, "cancel": NOT_ASYNC}

TOOLS: Any = {
    "tools": [
        {
            "toolSpec": {
                "name": TOOL,
                "description": "Look an order up.",
                "inputSchema": {"json": {"type": "object", "properties": {"order": {"type": "integer"}}}},
            }
        }
    ]
}


def _client(world: World) -> Any:
    return boto3.client(
        "bedrock-runtime",
        region_name="us-east-1",
        endpoint_url=world.server.url_of(BEDROCK),
        aws_access_key_id=world.api_key,
        aws_secret_access_key="not checked",
        config=Config(retries={"max_attempts": 0}),
    )


def _ask(messages: Any = None, **more: Any) -> Any:
    question = [{"role": "user", "content": [{"text": QUESTION}]}]
    return {"modelId": MODEL, "system": [{"text": SYSTEM}], "messages": messages or question, **more}


def plain(world: World) -> None:
    _client(world).converse(**_ask())


def stream(world: World) -> None:
    for _ in _client(world).converse_stream(**_ask())["stream"]:
        pass


def tools(world: World) -> None:
    client, messages = _client(world), _ask()["messages"]
    with invocation("support") as run:
        answer = client.converse(**_ask(messages, toolConfig=TOOLS))["output"]["message"]
        messages.append(answer)
        for block in answer["content"]:
            call = block["toolUse"]
            with run.tool(call["name"], arguments=call["input"], call_id=call["toolUseId"]) as tool:
                tool.result(TOOL_RESULT)
            result = {"toolUseId": call["toolUseId"], "content": [{"text": TOOL_RESULT}]}
            messages.append({"role": "user", "content": [{"toolResult": result}]})
        client.converse(**_ask(messages, toolConfig=TOOLS))


def error(world: World) -> None:
    _client(world).converse(**_ask())
