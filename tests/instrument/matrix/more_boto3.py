"""What else `boto3` is asked to do: Anthropic's models with `invoke_model`."""

import json
from typing import Any

import matrix_inside as inside
from matrix_inside import World
from on_boto3 import _client

CLAUDE = "anthropic.claude-opus-4-5-20251101-v1:0"


def _ask() -> Any:
    asked = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 100,
        "system": inside.SYSTEM,
        "messages": [{"role": "user", "content": inside.QUESTION}],
    }
    return {"modelId": CLAUDE, "body": json.dumps(asked)}


def invoke(world: World) -> None:
    json.loads(_client(world).invoke_model(**_ask())["body"].read())


def invoke_stream(world: World) -> None:
    for _ in _client(world).invoke_model_with_response_stream(**_ask())["body"]:
        pass
