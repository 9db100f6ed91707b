"""Files that stand inside messages, as base64: found in the forms of each API, and replaced by what tells of them."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .media_types import UNKNOWN, modality_of

_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w-]+=[^;,]*)*;base64,", re.ASCII | re.IGNORECASE)
_SHORTEST = 64
"""Characters of base64 below which a text is left where it is."""

_PLAIN_PARTS = ("text", "reasoning", "tool_call")
_AUDIO = {"mp3": "audio/mpeg", "wav": "audio/wav", "pcm16": "audio/L16"}


class Blob(NamedTuple):
    """The bytes of a file that stood in a message."""

    data: bytes
    media_type: str
    name: str


Keep = Callable[[Blob], dict[str, Any]]
"""Keeps a blob, and gives the part that stands in its place."""


def without_blobs(value: Any, keep: Keep) -> Any:
    """*value*, made of plain builtins, in which each file is replaced by what *keep* makes of it."""
    if isinstance(value, list):
        return [item if _is_plain(item) else without_blobs(item, keep) for item in value]
    if not isinstance(value, dict) or _is_plain(value):
        return value
    if isinstance(parts := value.get("parts"), list):  # a message
        return {**value, "parts": without_blobs(parts, keep)}
    blob = _blob_in(value)
    return keep(blob) if blob else {name: without_blobs(item, keep) for name, item in value.items()}


def _is_plain(item: Any) -> bool:
    """Whether *item* is a text of a message or a message of such texts, by far the most frequent."""
    if type(item) is not dict:
        return False
    parts = item.get("parts")
    for part in parts if parts and type(parts) is list else (item,):
        if not (type(part) is dict and part.get("type") in _PLAIN_PARTS and type(part.get("content")) is str):
            return False
    return True


def reference(blob: Blob, *, sha256: str, uri: str) -> dict[str, Any]:
    """The part that stands where *blob* stood: OpenTelemetry's UriPart, and what the bytes were."""
    part = {
        "type": "uri",
        "modality": modality_of(blob.media_type),
        "mime_type": blob.media_type,
        "uri": uri,
        "sha256": sha256,
        "bytes": len(blob.data),
    }
    return part | {"name": blob.name} if blob.name else part


def _blob_in(part: dict[str, Any]) -> Blob | None:
    """The file that *part* is, if it is one."""
    inner = next((part[name] for name in _HOLDERS if isinstance(part.get(name), dict)), part)
    name = next((str(holder[key]) for holder in (inner, part) for key in _NAMES if holder.get(key)), "")
    for key in _DATA:
        held = inner.get(key)
        if isinstance(held, dict) and key != "source":
            held = held.get("url")
        text = held if isinstance(held, str) else ""
        data_url = _DATA_URL.match(text)
        if data_url:
            return _blob(text[data_url.end() :], data_url[1] or UNKNOWN, name)
    return _typed(inner, part, name)


# Who holds the file inside its part: OpenAI, Anthropic, Gemini, Bedrock, the Model Context Protocol.
_HOLDERS = ("image_url", "input_audio", "file", "source", "inline_data", "inlineData", "resource")
_NAMES = ("filename", "display_name", "displayName", "title")
_DATA = ("url", "image_url", "file_data", "data", "content")
_TYPES = ("media_type", "mime_type", "mimeType")
_BARE = ("data", "content", "blob", "file_data")


def _typed(inner: dict[str, Any], part: dict[str, Any], name: str) -> Blob | None:
    """The file whose base64 stands beside its media type or format."""
    bedrock = _bedrock(part)
    if bedrock:
        return bedrock
    media_type = next((str(holder[key]) for holder in (inner, part) for key in _TYPES if holder.get(key)), "")
    if not media_type and isinstance(inner.get("format"), str) and inner is part.get("input_audio"):
        media_type = _AUDIO.get(inner["format"], f"audio/{inner['format']}")
    if part.get("type") == "image_generation_call":
        return _blob(part.get("result"), f"image/{part.get('output_format') or 'png'}", name)
    if not media_type or (media_type.startswith("text/") and inner.get("type") == "text"):
        return None
    held = next((inner[key] for key in _BARE if inner.get(key)), None)
    return _blob(held, media_type, name)


def _bedrock(part: Mapping[str, Any]) -> Blob | None:
    """Bedrock's form: ``{"image": {"format": "png", "source": {"bytes": …}}}``."""
    for kind, family in (("image", "image"), ("video", "video"), ("document", "application")):
        held = part.get(kind)
        source = held.get("source") if isinstance(held, dict) else None
        if isinstance(held, dict) and isinstance(source, dict) and source.get("bytes"):
            return _blob(
                source["bytes"], f"{family}/{held.get('format') or 'octet-stream'}", str(held.get("name") or "")
            )
    return None


def _blob(held: Any, media_type: str, name: str) -> Blob | None:
    if isinstance(held, bytes):
        return Blob(held, media_type, name)
    if not isinstance(held, str) or len(held) < _SHORTEST:
        return None
    try:
        return Blob(_decoded(held), media_type, name)
    except (binascii.Error, ValueError):
        return None


def _decoded(text: str) -> bytes:
    """*text*, base64 of either alphabet, with or without line breaks and padding."""
    text = "".join(text.split()) if any(sign in text[:128] for sign in "\r\n ") else text
    padded = text.rstrip("=")
    padded += "=" * (-len(padded) % 4)
    altchars = b"-_" if "-" in padded or "_" in padded else None
    return base64.b64decode(padded, altchars, validate=True)
