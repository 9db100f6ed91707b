"""OTLP as rows of the landing table: the very rows that the Collector's clickhouseexporter writes."""

import time
from pathlib import Path
from typing import Any

import pytest
from asking import ask, rows, send
from hypothesis import given
from hypothesis import strategies as st
from odd_spans import TEXTS, any_value, odd_request, pairs
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from invocation_otel.errors import UsageError
from invocation_otel.store.landing import LANDING_COLUMNS, LandingRow, landing_rows, value_text
from migrated_folder import migrated
from processes import collector, collector_binary, served


@pytest.mark.parametrize(("value", "text"), TEXTS)
def test_a_value_becomes_the_text_that_go_makes_of_it(value: Any, text: str) -> None:
    assert value_text(any_value(value)) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_of_a_number_is_that_number(number: float) -> None:
    assert float(value_text(any_value(number))) == number


def test_a_span_becomes_a_row() -> None:
    request = ExportTraceServiceRequest()
    found = request.resource_spans.add()
    found.resource.attributes.extend(pairs(("service.name", "shop"), ("a", 1)))
    scope = found.scope_spans.add()
    scope.scope.name, scope.scope.version = "scope", "1.2"
    span = scope.spans.add(trace_id=b"\xab" * 16, span_id=b"\xcd" * 8, parent_span_id=b"\0" * 8, name="chat", kind=3)
    span.trace_state, span.start_time_unix_nano, span.end_time_unix_nano = "k=v", 1_000, 3_500
    span.status.code, span.status.message = 2, "no"
    span.attributes.extend(pairs(("b", True), ("a", "x")))
    span.events.add(time_unix_nano=7, name="event").attributes.extend(pairs(("e", 1.5)))
    span.links.add(trace_id=b"\1" * 16, span_id=b"\2" * 8, trace_state="l=m").attributes.extend(pairs(("l", [1])))

    assert list(landing_rows(request)) == [
        LandingRow(
            timestamp_ns=1_000,
            trace_id="ab" * 16,
            span_id="cd" * 8,
            parent_span_id="",
            trace_state="k=v",
            span_name="chat",
            span_kind="Client",
            service_name="shop",
            resource_attributes=[("a", "1"), ("service.name", "shop")],
            scope_name="scope",
            scope_version="1.2",
            span_attributes=[("a", "x"), ("b", "true")],
            duration_ns=2_500,
            status_code="Error",
            status_message="no",
            event_timestamps_ns=[7],
            event_names=["event"],
            event_attributes=[[("e", "1.5")]],
            link_trace_ids=["01" * 16],
            link_span_ids=["02" * 8],
            link_trace_states=["l=m"],
            link_attributes=[[("l", "[1]")]],
        )
    ]
    assert len(LandingRow._fields) == len(LANDING_COLUMNS)


def test_an_id_of_a_wrong_length_is_refused_with_the_spans_name() -> None:
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(name="chat", trace_id=b"\1" * 15)
    with pytest.raises(UsageError, match=r"The trace id of span 'chat' has 15 bytes, but 16 were expected"):
        list(landing_rows(request))


def test_odd_rows_that_came_through_the_collector_equal_those_that_came_directly(tmp_path: Path) -> None:
    binary = collector_binary()
    if binary is None:
        pytest.skip("Go is not installed, so the Collector could not be built; equality with it is NOT tested.")
    with (
        served(migrated(tmp_path / "store")) as server,
        collector(binary, server.http_url, tmp_path / "queue") as address,
    ):
        ask(server.http_url, "CREATE TABLE kept ENGINE = MergeTree ORDER BY SpanName AS SELECT * FROM otel_traces")
        ask(server.http_url, "CREATE MATERIALIZED VIEW keep TO kept AS SELECT * FROM otel_traces")
        found = []
        for receiver in (server.otlp_url, address):
            _post(receiver)
            found.append(_kept(server.http_url))
            ask(server.http_url, "TRUNCATE TABLE kept")
    direct, collected = found
    assert len(direct) == len(TEXTS) + 8
    assert collected == direct


def _post(receiver: str) -> None:
    body = odd_request().SerializeToString()
    reply = send(receiver, "/v1/traces", body=body, headers={"Content-Type": "application/x-protobuf"})
    assert reply.status == 200, reply.text


def _kept(url: str) -> list[list[object]]:
    deadline = time.monotonic() + 20
    while not (
        found := rows(url, "SELECT * REPLACE (toUnixTimestamp64Nano(Timestamp) AS Timestamp) FROM kept ORDER BY ALL")
    ):
        assert time.monotonic() < deadline, "no rows after 20 s"
        time.sleep(0.1)
    return found
