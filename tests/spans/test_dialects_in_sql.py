"""The database reads other libraries' spans by itself, when they come through the Collector: as the tables here do."""

from collections import defaultdict
from typing import Any

import pytest
from dialect_cases import ROUNDS, Case
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from invocation_otel.spans import attributes as a
from invocation_otel.spans.dialects.translate import canonical
from invocation_otel.spans.usage import Usage
from invocation_otel.store.client import Store
from invocation_otel.store.landing import LANDING_COLUMNS, LANDING_TABLE, landing_rows
from invocation_otel.store.row_binary import row_binary

TENANT = "dialects-in-sql"
COUNTS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
COLUMNS = (*COUNTS, "provider", "model", "request_model")

NO_ROUND = set(COLUMNS)
DIFFERENCES = {
    "adk_v1": NO_ROUND,  # call_llm, told by its name only; the same call's inner span is read
}
"""What the database still reads in another way: case's file -> columns."""


def recorded(case: Case) -> ReadableSpan:
    """The span of *case*, as its library would hand it to an exporter."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(
        resource=Resource({"service.name": "shop", "invocation.tenant": TENANT}),
        span_limits=SpanLimits(max_span_attributes=1000),
    )
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    span = provider.get_tracer(case.source.scope).start_span(case.source.name, attributes=dict(case.attributes))
    for event in case.source.events:
        span.add_event(event.name, dict(event.attributes))
    span.end()
    provider.shutdown()
    [ended] = exporter.get_finished_spans()
    return ended


def by_the_tables(case: Case) -> dict[str, Any]:
    said = canonical(case.attributes, case.source)
    usage = (Usage.from_attributes(said) or Usage())._asdict()
    asked = said.get(a.REQUEST_MODEL, "")
    names = {"provider": said.get(a.PROVIDER, ""), "model": said.get(a.RESPONSE_MODEL) or asked, "request_model": asked}
    return {name: usage[name] for name in COUNTS} | names


@pytest.fixture(scope="module")
def by_sql(store: Store) -> dict[str, dict[str, Any]]:
    """What the database says of each case, by span id."""
    spans = {case.id: recorded(case) for case in ROUNDS}
    block = row_binary(landing_rows(encode_spans(list(spans.values()))))
    store.insert_block(LANDING_TABLE, block, columns=LANDING_COLUMNS, data_format="RowBinary")
    sql = f"SELECT span_id, {', '.join(COLUMNS)} FROM rounds FINAL WHERE tenant = {{tenant:String}}"
    rows = {row.pop("span_id"): row for row in store.rows(sql, {"tenant": TENANT})}
    none = dict.fromkeys(COLUMNS)
    return {name: rows.get(f"{span.context.span_id:016x}", none) for name, span in spans.items()}


def test_the_database_reads_what_the_tables_read(by_sql: dict[str, dict[str, Any]]) -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for case in ROUNDS:
        ours, theirs = by_the_tables(case), by_sql[case.id]
        if different := {column for column in COLUMNS if theirs[column] != ours[column]}:
            found[case.file] |= different
    assert dict(found) == DIFFERENCES
