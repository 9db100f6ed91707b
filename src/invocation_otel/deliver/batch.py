"""A batch: some spans as one OTLP request, the form in which they wait in memory, on disk, and travel."""

import json
from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from invocation_otel.spans import attributes as a

from .otlp import request

SHORTENED = "… [shortened by invocation_otel, was {} characters]"
_MANY = 8


@dataclass(frozen=True, slots=True)
class Batch:
    """An ``ExportTraceServiceRequest`` as bytes, and how many spans are in it."""

    spans: int
    body: bytes
    own: int = 0
    """How many of them are announcements and reports: the library's, and not the agent's."""

    @property
    def counted(self) -> int:
        """How many of them count: what is told is compared with what agents produced."""
        return self.spans - self.own

    @classmethod
    def joined(cls, batches: Sequence["Batch"]) -> "Batch":
        """All of them as one: requests put one after the other are one request."""
        body = b"".join(batch.body for batch in batches)
        return cls(sum(batch.spans for batch in batches), body, sum(batch.own for batch in batches))

    def halves(self) -> tuple["Batch", "Batch"]:
        """The same spans in two batches."""
        message = self.message()
        first, second = type(message)(), type(message)()
        middle = left = self.spans // 2
        for resource_spans in message.resource_spans:
            for scope_spans in resource_spans.scope_spans:
                cut = min(left, len(scope_spans.spans))
                left -= cut
                _add(first, resource_spans.resource, scope_spans.scope, scope_spans.spans[:cut])
                _add(second, resource_spans.resource, scope_spans.scope, scope_spans.spans[cut:])
        own = sum(is_own({pair.key for pair in span.attributes}) for *_, span in spans_of(first))
        return (
            Batch(middle, first.SerializeToString(), own),
            Batch(self.spans - middle, second.SerializeToString(), self.own - own),
        )

    def shortened(self, keep: int) -> "Batch":
        """The same spans with no text longer than about *keep* characters; what was cut says so."""
        message = self.message()
        for _, _, span in spans_of(message):
            for value in _values(span):
                _shorten(value, keep)
        return Batch(self.spans, message.SerializeToString(), self.own)

    def message(self) -> Any:
        """The request as a protobuf message."""
        from opentelemetry.proto.collector.trace.v1 import trace_service_pb2  # noqa: PLC0415 - slow, and rarely needed

        return trace_service_pb2.ExportTraceServiceRequest.FromString(self.body)


class Builder:
    """Collects encoded spans until they are a batch."""

    def __init__(self, *, max_spans: int, max_bytes: int) -> None:
        self._max_spans, self._max_bytes = max_spans, max_bytes
        self._clear()

    @property
    def spans(self) -> int:
        return self._spans

    def has_room_for(self, encoded: bytes) -> bool:
        """Whether *encoded* fits; an empty batch has room for anything, so that a large span travels alone."""
        return not self._spans or (self._spans < self._max_spans and self._bytes + len(encoded) <= self._max_bytes)

    def add(self, resource: bytes, scope: bytes, encoded: bytes, *, own: bool = False) -> None:
        """Add one span of *resource* and *scope*."""
        self._groups[resource][scope].append(encoded)
        self._spans += 1
        self._own += own
        self._bytes += len(encoded)

    def take(self) -> Batch:
        """What was collected, as a batch; the builder is empty afterwards."""
        body = b"".join(request(resource, scopes.items()) for resource, scopes in self._groups.items())
        batch = Batch(self._spans, body, self._own)
        self._clear()
        return batch

    def _clear(self) -> None:
        self._groups: dict[bytes, dict[bytes, list[bytes]]] = defaultdict(lambda: defaultdict(list))
        self._spans = self._bytes = self._own = 0


def is_own(attributes: Container[str]) -> bool:
    """Whether a span with such *attributes* is an announcement or a report."""
    return a.PENDING in attributes or a.DELIVERY_PRODUCED in attributes


def spans_of(message: Any) -> Iterator[tuple[Any, Any, Any]]:
    """Each span of an ``ExportTraceServiceRequest`` with its resource and its scope."""
    for resource_spans in message.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                yield resource_spans.resource, scope_spans.scope, span


def _add(message: Any, resource: Any, scope: Any, spans: Any) -> None:
    if spans:
        message.resource_spans.add(resource=resource).scope_spans.add(scope=scope, spans=spans)


def _values(span: Any) -> Iterator[Any]:
    """Every value in *span* that may hold a text, its events' too: older instrumentations put prompts there."""
    todo = [pair.value for holder in (span, *span.events, *span.links) for pair in holder.attributes]
    while todo:
        value = todo.pop()
        match value.WhichOneof("value"):
            case "array_value":
                todo += value.array_value.values
            case "kvlist_value":
                todo += [pair.value for pair in value.kvlist_value.values]
            case "string_value" | "bytes_value":
                yield value


def _shorten(value: Any, keep: int) -> None:
    if value.HasField("string_value"):
        value.string_value = _cut(value.string_value, keep)
    elif len(value.bytes_value) > keep:
        size = len(value.bytes_value)
        value.bytes_value = value.bytes_value[:keep] + SHORTENED.format(size).encode()


def _cut(text: str, keep: int) -> str:
    """*text*, cut to *keep* characters; in a JSON text the long texts inside are cut, so that it stays JSON."""
    if len(text) <= keep:
        return text
    beginning = text[:keep] + SHORTENED.format(len(text))
    try:
        document = json.dumps(_cut_inside(json.loads(text), keep), ensure_ascii=False)
    except (ValueError, RecursionError):
        return beginning
    # Many short texts instead of a few long ones: a JSON text that holds the beginning of the document.
    return document if len(document) <= _MANY * keep else json.dumps(beginning, ensure_ascii=False)


def _cut_inside(value: Any, keep: int) -> Any:
    if isinstance(value, str) and len(value) > keep:
        return value[:keep] + SHORTENED.format(len(value))
    if isinstance(value, dict):
        return {name: _cut_inside(item, keep) for name, item in value.items()}
    return [_cut_inside(item, keep) for item in value] if isinstance(value, list) else value
