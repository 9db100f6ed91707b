"""OpenAI's responses come as items: they are read as messages, also of what the provider did itself."""

import base64
import json
from typing import Any

from invocation_otel.spans.content import Snapshot
from invocation_otel.spans.inline import Blob
from invocation_otel.spans.normalise import normalise_round
from invocation_otel.spans.wire.conversation import Conversation
from invocation_otel.spans.wire.openai_responses import OPENAI_RESPONSES

PICTURE = b"\x89PNG" * 40
ITEMS: list[dict[str, Any]] = [
    {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "First."}], "content": None},
    {"type": "reasoning", "id": "rs_2", "summary": [], "content": [{"type": "reasoning_text", "text": "Then."}]},
    {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "order 7"}},
    {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "lookup", "arguments": '{"order":7}'},
    {"type": "custom_tool_call", "id": "ct_1", "call_id": "call_2", "name": "shell", "input": "ls"},
    {"type": "image_generation_call", "id": "ig_1", "result": base64.b64encode(PICTURE).decode()},
]
SAID = {
    "type": "message",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Shipped."}, {"type": "refusal", "refusal": "No more."}],
}
PARTS = [
    {"type": "reasoning", "content": "First."},
    {"type": "reasoning", "content": "Then."},
    ITEMS[2],
    {"type": "tool_call", "id": "call_1", "name": "lookup", "arguments": {"order": 7}},
    {"type": "tool_call", "id": "call_2", "name": "shell", "arguments": "ls"},
    {"type": "file", "bytes": len(PICTURE), "media_type": "image/png"},
]
TEXTS = [{"type": "text", "content": "Shipped."}, {"type": "text", "content": "No more."}]


def _keep(blob: Blob) -> dict[str, Any]:
    return {"type": "file", "bytes": len(blob.data), "media_type": blob.media_type}


def _read(request: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    told = Conversation(form=OPENAI_RESPONSES, request=Snapshot(request), answer=answer).told()
    found = normalise_round(told.attributes, told.content, started_ns=0, keep_file=_keep).attributes
    return {
        name: json.loads(found[f"gen_ai.{name}.messages"])
        for name in ("input", "output")
        if f"gen_ai.{name}.messages" in found
    }


def test_an_answer_is_one_message_of_all_its_items() -> None:
    told = _read({"input": "Where?"}, {"status": "completed", "output": [*ITEMS, SAID]})
    assert told == {
        "input": [{"role": "user", "parts": [{"type": "text", "content": "Where?"}]}],
        "output": [{"role": "assistant", "parts": [*PARTS, *TEXTS], "finish_reason": "completed"}],
    }


def test_what_an_earlier_answer_said_is_the_model_s_and_what_a_tool_gave_is_the_tool_s() -> None:
    given = [
        {"role": "user", "content": [{"type": "input_text", "text": "Where?"}]},
        *ITEMS,
        {"type": "function_call_output", "call_id": "call_1", "output": "shipped"},
        {"type": "custom_tool_call_output", "call_id": "call_2", "output": "a b"},
        SAID,
    ]
    assert _read({"input": given}, {"status": "completed", "output": []}) == {
        "input": [
            {"role": "user", "parts": [{"type": "text", "content": "Where?"}]},
            *({"role": "assistant", "parts": [part]} for part in PARTS),
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "call_1", "response": "shipped"}]},
            {"role": "tool", "parts": [{"type": "tool_call_response", "id": "call_2", "response": "a b"}]},
            {"role": "assistant", "parts": TEXTS},
        ]
    }
