"""What waits for the worker is followed by the garbage collector, so it is as little as can be."""

from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, SpanProcessor, TracerProvider

from invocation_otel.record.sdk_span import let_go_of_what_is_empty


class Kept(SpanProcessor):
    """Keeps the spans that ended."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        self.spans.append(span)


def _ended(limits: SpanLimits | None = None, *, full: bool) -> ReadableSpan:
    provider, kept = TracerProvider(span_limits=limits), Kept()
    provider.add_span_processor(kept)
    tracer = provider.get_tracer("test")
    span = tracer.start_span("a span", attributes={"a": 1} if full else None)
    if full:
        span.add_event("an event")
        span.add_link(span.get_span_context())
    span.end()
    return kept.spans[0]


def test_a_span_lets_go_of_what_is_empty() -> None:
    span = _ended(full=False)
    let_go_of_what_is_empty(span)
    assert [vars(span)[name] for name in ("_attributes", "_events", "_links")] == [None, (), ()]
    assert (dict(span.attributes or {}), span.events, span.links) == ({}, (), ())


def test_a_span_keeps_what_it_has() -> None:
    span = _ended(full=True)
    let_go_of_what_is_empty(span)
    assert dict(span.attributes or {}) == {"a": 1}
    assert [event.name for event in span.events] == ["an event"]
    assert [link.context for link in span.links] == [span.context]


def test_a_span_keeps_how_much_of_it_was_dropped() -> None:
    span = _ended(SpanLimits(max_span_attributes=0, max_events=0, max_links=0), full=True)
    let_go_of_what_is_empty(span)
    assert (span.dropped_attributes, span.dropped_events, span.dropped_links) == (1, 1, 1)
