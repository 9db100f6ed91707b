"""Spans as OTLP protobuf, written by hand: a seventh of the time of building the generated message classes.

Field numbers are those of opentelemetry/proto/trace/v1/trace.proto and common/v1/common.proto; a test compares the
bytes with the SDK's own encoder. A request is made of pieces that can be put one after the other: protobuf joins
repeated fields.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind

from invocation_otel.record.sdk_span import events_of, links_of

_fixed64 = struct.Struct("<Q").pack
_fixed32 = struct.Struct("<I").pack
_double = struct.Struct("<d").pack
_SHORT = 64
_ONE_BYTE, _TWO_BYTES = 1 << 7, 1 << 14  # what a varint of so many bytes cannot hold any more
_LOW_64 = (1 << 64) - 1
_HAS_IS_REMOTE, _IS_REMOTE = 0x100, 0x200  # span flags, OTLP 1.1
_KINDS = {kind: bytes((0x30, kind.value + 1)) for kind in SpanKind}


def encode_span(span: ReadableSpan, attributes: Mapping[str, Any]) -> bytes:
    """*span*, with *attributes* instead of its own, as an opentelemetry.proto.trace.v1.Span."""
    context, parent, status = span.context, span.parent, span.status
    events, links = events_of(span), links_of(span)
    parts = [
        b"\x0a\x10",
        context.trace_id.to_bytes(16),
        b"\x12\x08",
        context.span_id.to_bytes(8),
        _text(0x1A, context.trace_state.to_header()) if context.trace_state else b"",
        b"\x22\x08" + parent.span_id.to_bytes(8) if parent else b"",
        _short_text(0x2A, span.name),
        _KINDS[span.kind],
        b"\x39",
        _fixed64(span.start_time or 0),
        b"\x41",
        _fixed64(span.end_time or 0),
    ]
    _add_attributes(parts, attributes)
    parts.append(_counter(0x50, span.dropped_attributes))
    if events:
        parts += [_field(0x5A, _event(event)) for event in events]
        parts.append(_counter(0x60, span.dropped_events))
    if links:
        parts += [_field(0x6A, _link(link)) for link in links]
        parts.append(_counter(0x70, span.dropped_links))
    code = status.status_code.value
    if code or status.description:
        told = (_text(0x12, status.description) if status.description else b"") + _counter(0x18, code)
        parts.append(_field(0x7A, told))
    parts.append(b"\x85\x01" + _fixed32(_flags(parent)))
    return b"".join(parts)


def request(resource: bytes, scopes: Iterable[tuple[bytes, Sequence[bytes]]]) -> bytes:
    """An ExportTraceServiceRequest of the spans of one *resource*, given by instrumentation scope."""
    parts = [_field(0x0A, resource)]
    for scope, encoded in scopes:
        spans = [_field(0x0A, scope)]
        for span in encoded:
            spans += (b"\x12", _varint(len(span)), span)
        parts += (b"\x12", _varint(sum(map(len, spans))), *spans)
    return b"".join((b"\x0a", _varint(sum(map(len, parts))), *parts))  # joined once: a batch has megabytes


def encode_resource(resource: Resource, more: Mapping[str, Any]) -> bytes:
    """*resource*, with the attributes *more*, as an opentelemetry.proto.resource.v1.Resource."""
    return b"".join(
        _field(0x0A, key_value(name, value)) for name, value in (dict(resource.attributes) | dict(more)).items()
    )


def encode_scope(scope: InstrumentationScope | None) -> bytes:
    """*scope* as an opentelemetry.proto.common.v1.InstrumentationScope."""
    if scope is None:
        return b""
    attributes = b"".join(_field(0x1A, key_value(name, value)) for name, value in (scope.attributes or {}).items())
    return _text(0x0A, scope.name) + (_text(0x12, scope.version) if scope.version else b"") + attributes


def key_value(name: str, value: Any) -> bytes:
    """One attribute as an opentelemetry.proto.common.v1.KeyValue."""
    return _name(name) + _field(0x12, _any_value(value))


def utf8(text: str) -> bytes:
    """*text* in UTF-8. A lone surrogate, which has none, becomes ``?``: a receiver would refuse the whole request."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _add_attributes(parts: list[bytes], attributes: Mapping[str, Any]) -> None:
    """Add each of *attributes* to the *parts* of a span. In one loop, since a span of ours has thirty and more."""
    add = parts.append
    for name, value in attributes.items():
        kind = type(value)
        if kind is str:
            if len(value) <= _SHORT:
                add(_short_attribute(name, value))
            else:
                _add_text(parts, name, utf8(value))
        elif kind is float:
            parts += (_head(name, b"\x21", 8), _double(value))
        elif kind is int and 0 <= value < _ONE_BYTE:
            add(_short_attribute(name, value))
        elif kind is int and 0 <= value < _TWO_BYTES:
            parts += (_head(name, b"\x18", 2), bytes((value & 0x7F | 0x80, value >> 7)))
        elif kind is bool:
            add(_flag(name, value))
        elif (kind is list or kind is tuple) and len(value) == 1 and type(value[0]) is str:
            add(_list_of_one(name, value[0]))
        else:
            add(_field(0x4A, key_value(name, value)))


def _add_text(parts: list[bytes], name: str, text: bytes) -> None:
    """Add the attribute *name* without copying its *text*, which may be long."""
    key, length = _name(name), _varint(len(text))
    value = 1 + len(length) + len(text)
    value_length = _varint(value)
    pair_length = _varint(len(key) + 1 + len(value_length) + value)
    parts += (b"\x4a", pair_length, key, b"\x12", value_length, b"\x0a", length, text)


@lru_cache(maxsize=4096)
def _short_attribute(name: str, value: str | int) -> bytes:
    """Most are short and come again: the run's identity, models, statuses, small counts."""
    return _field(0x4A, key_value(name, value))


@lru_cache(maxsize=256)
def _flag(name: str, value: bool) -> bytes:  # noqa: FBT001 - by itself, because True is 1 where things are remembered
    return _field(0x4A, key_value(name, value))


@lru_cache(maxsize=256)
def _list_of_one(name: str, value: str) -> bytes:
    return _field(0x4A, key_value(name, [value]))


@lru_cache(maxsize=2048)
def _head(name: str, tag: bytes, size: int) -> bytes:
    """An attribute up to its value: a number that takes *size* bytes behind its *tag*."""
    key = _name(name) + b"\x12" + _varint(1 + size) + tag
    return b"\x4a" + _varint(len(key) + size) + key


def _any_value(value: Any) -> bytes:  # noqa: PLR0911 - one line for each type
    if isinstance(value, str):
        return _text(0x0A, value)
    if isinstance(value, bool):
        return b"\x10\x01" if value else b"\x10\x00"
    if isinstance(value, int):
        return b"\x18" + _varint(value & _LOW_64)
    if isinstance(value, float):
        return b"\x21" + _double(value)
    if isinstance(value, bytes):
        return _field(0x3A, value)
    if isinstance(value, Mapping):
        return _field(0x32, b"".join(_field(0x0A, key_value(str(name), item)) for name, item in value.items()))
    if isinstance(value, Sequence):
        return _field(0x2A, b"".join(_field(0x0A, _any_value(item)) for item in value))
    return b"" if value is None else _text(0x0A, str(value))


def _event(event: Any) -> bytes:
    attributes = (_field(0x1A, key_value(name, value)) for name, value in (event.attributes or {}).items())
    return b"\x09" + _fixed64(event.timestamp) + _text(0x12, event.name) + b"".join(attributes)


def _link(link: Link) -> bytes:
    context = link.context
    ids = b"\x0a\x10" + context.trace_id.to_bytes(16) + b"\x12\x08" + context.span_id.to_bytes(8)
    state = _text(0x1A, context.trace_state.to_header()) if context.trace_state else b""
    attributes = b"".join(_field(0x22, key_value(name, value)) for name, value in (link.attributes or {}).items())
    return ids + state + attributes + b"\x35" + _fixed32(_flags(context))


def _flags(parent: SpanContext | None) -> int:
    remote = _IS_REMOTE if parent is not None and parent.is_remote else 0
    return _HAS_IS_REMOTE | remote


def _field(tag: int, body: bytes) -> bytes:
    size = len(body)
    return bytes((tag, size)) + body if size < _ONE_BYTE else bytes((tag,)) + _varint(size) + body


def _text(tag: int, text: str) -> bytes:
    return _field(tag, utf8(text))


@lru_cache(maxsize=1024)
def _short_text(tag: int, text: str) -> bytes:
    return _text(tag, text)


def _counter(tag: int, value: int) -> bytes:
    return bytes((tag,)) + _varint(value) if value else b""


@lru_cache(maxsize=2048)
def _name(name: str) -> bytes:
    return _text(0x0A, name)


def _varint(value: int) -> bytes:
    if value < _ONE_BYTE:
        return bytes((value,))
    if value < _TWO_BYTES:
        return bytes((value & 0x7F | 0x80, value >> 7))
    out = bytearray()
    while value >= _ONE_BYTE:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
