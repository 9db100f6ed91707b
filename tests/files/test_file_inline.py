"""Files that models receive inside messages: kept as files are, with what tells of them in their place."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from file_recordings import copies, digest, recording_files

from invocation_otel import invocation
from invocation_otel.spans.inline import Blob, without_blobs

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
B64 = base64.b64encode(PNG).decode()
URL = f"data:image/png;base64,{B64}"


@pytest.mark.parametrize(
    ("part", "media_type", "name"),
    [
        pytest.param(
            {"type": "image_url", "image_url": {"url": URL, "detail": "low"}}, "image/png", "", id="openai chat"
        ),
        pytest.param({"type": "input_image", "image_url": URL}, "image/png", "", id="openai responses"),
        pytest.param(
            {"type": "file", "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{B64}"}},
            "application/pdf",
            "a.pdf",
            id="openai file",
        ),
        pytest.param(
            {"type": "input_file", "filename": "a.pdf", "file_data": f"data:application/pdf;base64,{B64}"},
            "application/pdf",
            "a.pdf",
            id="openai responses file",
        ),
        pytest.param(
            {"type": "input_audio", "input_audio": {"data": B64, "format": "mp3"}}, "audio/mpeg", "", id="openai audio"
        ),
        pytest.param(
            {"type": "image_generation_call", "id": "ig_1", "result": B64, "output_format": "webp"},
            "image/webp",
            "",
            id="openai generated",
        ),
        pytest.param(
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": B64}},
            "image/png",
            "",
            id="anthropic image",
        ),
        pytest.param(
            {
                "type": "document",
                "title": "The report",
                "source": {"type": "base64", "media_type": "application/pdf", "data": B64},
            },
            "application/pdf",
            "The report",
            id="anthropic document",
        ),
        pytest.param(
            {"type": "blob", "modality": "image", "mime_type": "image/png", "content": B64}, "image/png", "", id="otel"
        ),
        pytest.param({"inline_data": {"mime_type": "image/png", "data": PNG}}, "image/png", "", id="gemini bytes"),
        pytest.param(
            {"inlineData": {"mimeType": "image/png", "data": base64.urlsafe_b64encode(PNG).decode()}},
            "image/png",
            "",
            id="gemini json",
        ),
        pytest.param({"image": {"format": "png", "source": {"bytes": PNG}}}, "image/png", "", id="bedrock image"),
        pytest.param(
            {"document": {"format": "pdf", "name": "a", "source": {"bytes": PNG}}},
            "application/pdf",
            "a",
            id="bedrock document",
        ),
        pytest.param({"type": "image", "data": B64, "mimeType": "image/png"}, "image/png", "", id="mcp"),
        pytest.param(
            {"type": "resource", "resource": {"uri": "file:///a", "mimeType": "image/png", "blob": B64}},
            "image/png",
            "",
            id="mcp resource",
        ),
    ],
)
def test_the_forms_of_each_api_are_known(part: dict[str, Any], media_type: str, name: str) -> None:
    found: list[Blob] = []

    def keep(blob: Blob) -> dict[str, Any]:
        found.append(blob)
        return {"type": "kept"}

    message = {"role": "user", "parts": [{"type": "text", "content": "look"}, part]}
    assert without_blobs([message], keep) == [{"role": "user", "parts": [message["parts"][0], {"type": "kept"}]}]
    assert found == [Blob(PNG, media_type, name)]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "text", "content": URL},
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,!!!" + "x" * 99}},
        {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}},
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "word " * 50}},
        {"type": "file", "file": {"file_id": "file-1"}},
        {"file_data": {"mime_type": "image/png", "file_uri": "gs://a/b"}},
        {"type": "tool_call", "id": "c1", "name": "t", "arguments": {"data": "A" * 99, "n": 1, "list": [None, True]}},
        {"image": None, "document": "x", "source": 7, "inline_data": []},
        {"parts": 3, "arguments": {"parts": {"a": 1}, "more": [{"parts": "x"}, {"parts": [1, None]}]}},
    ],
)
def test_what_is_no_file_stays_as_it_is(part: dict[str, Any]) -> None:
    def keep(blob: Blob) -> dict[str, Any]:
        raise AssertionError(blob)

    assert without_blobs([part], keep) == [part]


def test_a_picture_in_a_message_is_kept_once_and_its_link_stands_in_every_round(tmp_path: Path) -> None:
    picture = {"type": "image_url", "image_url": {"url": URL}}
    messages: list[Any] = [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, picture]}]
    shot = {"content": [{"type": "image", "data": B64, "mimeType": "image/png"}]}
    with recording_files(tmp_path) as recording:
        with invocation("looker", tenant="acme") as run:
            for _ in range(2):
                with run.round(provider="p", model="m", messages=messages) as round_:
                    round_.respond("A picture.")
                messages.append({"role": "user", "content": "Sure?"})
            with run.tool("screenshot") as tool:
                tool.result(shot)
        first, second = recording.of("chat")
        [call] = recording.of("execute_tool")
        parts = json.loads(first["gen_ai.input.messages"])[0]["parts"]
        assert json.loads(second["gen_ai.input.messages"])[0]["parts"] == parts
        link = parts[1].pop("uri")
    assert parts == [
        {"type": "text", "content": "What is it?"},
        {"type": "uri", "modality": "image", "mime_type": "image/png", "sha256": digest(PNG), "bytes": len(PNG)},
    ]
    assert link.startswith(f"http://localhost:8123/files/{digest(PNG)}?tenant=acme&name={digest(PNG)[:12]}.png&")
    assert json.loads(call["gen_ai.tool.call.result"])["content"][0]["uri"] == link
    assert copies(tmp_path) == {f"acme/{digest(PNG)}": PNG}


def test_where_copies_are_off_what_tells_of_a_file_stands_there_without_a_link(tmp_path: Path) -> None:
    with recording_files("off") as recording:
        picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": B64}}
        with invocation("looker") as run, run.round(provider="p", model="m", messages=[{"content": [picture]}]):
            pass
        [chat] = recording.of("chat")
    [part] = json.loads(chat["gen_ai.input.messages"])[0]["parts"]
    assert (part["sha256"], part["uri"]) == (digest(PNG), "")
    assert copies(tmp_path) == {}


def test_of_a_run_whose_content_is_not_kept_no_picture_is(tmp_path: Path) -> None:
    picture = {"type": "image_url", "image_url": {"url": URL}}
    with recording_files(tmp_path) as recording:
        with (
            invocation("looker", capture="metadata") as run,
            run.round(provider="p", model="m", messages=[{"role": "user", "content": [picture]}]),
        ):
            pass
        assert "gen_ai.input.messages" not in recording.of("chat")[0]
    assert copies(tmp_path) == {}
