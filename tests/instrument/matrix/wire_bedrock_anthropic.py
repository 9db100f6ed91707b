"""Anthropic's messages as Amazon Bedrock hosts them: the model stands in the path, and streams are AWS event streams.

An AWS event stream is a row of binary messages: length, length of the headers, checksum, headers, payload, checksum.
"""

import base64
import json
import zlib
from collections.abc import Iterator
from dataclasses import replace

from invocation_otel.demo.wire import Answer, Json
from invocation_otel.demo.wire_anthropic import WIRE as ANTHROPIC

_STRING = 7  # the only type of header value that is used


def events(answer: Answer) -> Iterator[bytes]:
    """Anthropic's events, each in a message of its own."""
    for said in ANTHROPIC.events(answer):
        data = said.partition(b"data: ")[2].strip()
        yield message_of("chunk", {"bytes": base64.b64encode(data).decode()})


def message_of(kind: str, payload: Json, *, message_type: str = "event") -> bytes:
    """One message of an AWS event stream: an ``event`` of that *kind*, or an ``exception``."""
    told = {f":{message_type}-type": kind, ":content-type": "application/json", ":message-type": message_type}
    headers = b"".join(_header(name, value) for name, value in told.items())
    body = json.dumps(payload).encode()
    prelude = (len(headers) + len(body) + 16).to_bytes(4) + len(headers).to_bytes(4)
    message = prelude + zlib.crc32(prelude).to_bytes(4) + headers + body
    return message + zlib.crc32(message).to_bytes(4)


def _header(name: str, value: str) -> bytes:
    return len(name).to_bytes(1) + name.encode() + _STRING.to_bytes(1) + len(value).to_bytes(2) + value.encode()


WIRE = replace(ANTHROPIC, events=events, stream_type="application/vnd.amazon.eventstream")
