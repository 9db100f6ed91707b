"""Reading OTLP requests and writing their answers: protobuf or JSON, whichever the sender speaks."""

import json
from base64 import b64encode
from typing import Any

from google.protobuf.json_format import MessageToJson, ParseDict, ParseError  # type: ignore[import-untyped] # has none
from google.protobuf.message import DecodeError, Message  # type: ignore[import-untyped] # protobuf comes without types
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped] # made by protobuf, which writes none
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

PROTOBUF = "application/x-protobuf"
JSON = "application/json"

_IDS = ("traceId", "spanId", "parentSpanId")


class MalformedError(ValueError):
    """The body is no OTLP request."""


def request_of(body: bytes, content_type: str) -> ExportTraceServiceRequest:
    """The request in *body*, or MalformedError."""
    request = ExportTraceServiceRequest()
    try:
        if content_type == PROTOBUF:
            request.ParseFromString(body)
        else:
            # Unknown fields are newer ones, which a receiver must pass over.
            ParseDict(_with_base64_ids(json.loads(body)), request, ignore_unknown_fields=True)
    except (DecodeError, ParseError, ValueError, RecursionError) as error:
        raise MalformedError(f"The body is not an ExportTraceServiceRequest in {content_type}: {error}") from error
    return request


def _with_base64_ids(document: Any) -> Any:
    """*document* with its ids as protobuf's JSON has them: OTLP alone writes them in hex."""
    if not isinstance(document, dict):
        raise MalformedError("it is no JSON object")
    for resource_spans in _members(document, "resourceSpans"):
        for scope_spans in _members(resource_spans, "scopeSpans"):
            for span in _members(scope_spans, "spans"):
                for holder in (span, *_members(span, "links")):
                    _rewrite_ids(holder)
    return document


def _members(parent: Any, name: str) -> list[dict[str, Any]]:
    found = parent.get(name) if isinstance(parent, dict) else None
    return [member for member in found if isinstance(member, dict)] if isinstance(found, list) else []


def _rewrite_ids(holder: dict[str, Any]) -> None:
    for name in _IDS:
        if isinstance(holder.get(name), str):
            try:
                holder[name] = b64encode(bytes.fromhex(holder[name])).decode()
            except ValueError as error:
                raise MalformedError(f"{name} is {holder[name]!r}, but hexadecimal digits were expected") from error


def accepted(content_type: str) -> bytes:
    """The answer to a request of which everything was stored."""
    return _encoded(ExportTraceServiceResponse(), content_type)


def refused(code: int, text: str, content_type: str) -> bytes:
    """The answer to any other request; *code* is one of gRPC's."""
    return _encoded(Status(code=code, message=text), content_type)


def _encoded(message: Message, content_type: str) -> bytes:
    encoded: bytes = (
        message.SerializeToString() if content_type == PROTOBUF else MessageToJson(message, indent=None).encode()
    )
    return encoded
