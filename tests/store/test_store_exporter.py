"""Spans that were inserted directly are the rows that OTLP makes of them, and nothing is lost silently on the way."""

import logging
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags, TraceState

import invocation_otel
from invocation_otel.errors import SettingsError
from invocation_otel.spans import attributes as names
from invocation_otel.store.client import Store, open_store
from invocation_otel.store.exporter import ClickHouseSpanExporter
from landing_rows import new_run_id, now
from migrated_folder import migrated
from own_process import in_process, outcome
from processes import free_port, served

KEYS = [value for name, value in vars(names).items() if name.isupper() and isinstance(value, str) and "." in value]
START_NS = int(now().timestamp()) * 1_000_000_000
RUNS = [new_run_id(now()) for _ in range(3)]


class TwoWays(NamedTuple):
    """Two stores, each with the exporter that writes to it."""

    direct: Store
    over_otlp: Store
    exporter: ClickHouseSpanExporter
    otlp: OTLPSpanExporter
    direct_url: str

    def another_exporter(self) -> ClickHouseSpanExporter:
        return ClickHouseSpanExporter(self.direct_url)


@pytest.fixture(scope="module")
def two_ways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoWays]:
    folder = tmp_path_factory.mktemp("two-ways")
    with (
        served(migrated(folder / "direct")) as direct,
        served(migrated(folder / "otlp")) as otlp,
        open_store(direct.http_url) as direct_store,
        open_store(otlp.http_url) as otlp_store,
    ):
        exporters = ClickHouseSpanExporter(direct.http_url), OTLPSpanExporter(f"{otlp.otlp_url}/v1/traces")
        yield TwoWays(direct_store, otlp_store, *exporters, direct_url=direct.http_url)
        for exporter in exporters:
            exporter.shutdown()


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.integers(-(2**63), 2**63 - 1) | st.floats()
plain_values = texts | st.booleans() | numbers
values = (
    plain_values
    | st.binary(max_size=5)
    | st.lists(texts, max_size=3)
    | st.lists(st.integers(0, 9), max_size=3)
    | st.sampled_from(["success", "true", '[{"role":"user","parts":[]},7]', "0.25", "120", '[{"name":"a"}]'])
)
attributes = st.dictionaries(st.sampled_from(KEYS) | texts.filter(bool), values, max_size=12)
moments_ns = st.integers(-(10**12), 10**12).map(lambda offset: START_NS + offset) | st.sampled_from(
    [0, 1, 4_102_444_800 * 10**9, 2**63 - 1]
)


@st.composite
def contexts(draw: st.DrawFn) -> SpanContext:
    state = TraceState.from_header([draw(st.sampled_from(["", "a=b"]))])
    return SpanContext(
        draw(st.integers(1, 2**128 - 1)),
        draw(st.integers(1, 2**64 - 1)),
        is_remote=False,
        trace_flags=TraceFlags(1),
        trace_state=state,
    )


@st.composite
def spans(draw: st.DrawFn) -> ReadableSpan:
    """Any span at all, more often than not one of a run."""
    operation = st.sampled_from(["invoke_agent", "chat", "execute_tool", "other"])
    of_run: dict[str, Any] = {
        names.RUN_ID: draw(st.sampled_from(RUNS)),
        names.OPERATION: draw(operation),
        names.ROUND_INDEX: draw(st.integers(0, 5)),
        names.TENANT: draw(st.sampled_from(["acme", "zeta"])),
        names.STATUS: "success",
    }
    code = draw(st.sampled_from(StatusCode))
    return ReadableSpan(
        name=draw(texts),
        context=draw(contexts()),
        parent=draw(st.none() | contexts()),
        resource=Resource(draw(attributes) | {"service.name": draw(texts)}),
        attributes=(of_run if draw(st.integers(0, 3)) else {}) | draw(attributes),
        events=[Event(draw(texts), draw(attributes), draw(moments_ns)) for _ in range(draw(st.integers(0, 2)))],
        links=[Link(draw(contexts()), draw(attributes)) for _ in range(draw(st.integers(0, 2)))],
        kind=draw(st.sampled_from(SpanKind)),
        status=Status(code, draw(texts) if code is StatusCode.ERROR else None),
        start_time=draw(moments_ns),
        end_time=draw(moments_ns),
        instrumentation_scope=InstrumentationScope(draw(texts), draw(texts)),
    )


def usual(operation: str, number: int, told: dict[str, str]) -> ReadableSpan:
    of_run = {names.RUN_ID: RUNS[0], names.OPERATION: operation, names.TENANT: "acme", names.STATUS: "success"}
    return ReadableSpan(
        name=operation,
        context=SpanContext(START_NS, number, is_remote=False),
        attributes={**of_run, names.ROUND_INDEX: 1, **told},
        start_time=START_NS,
        end_time=START_NS + 10**9,
    )


USUAL = [
    usual("chat", 1, {names.INPUT_MESSAGES: '[{"role":"user","parts":[{"type":"text","content":"Where?"}]}]'}),
    usual("execute_tool", 2, {names.TOOL_NAME: "lookup"}),
    usual("invoke_agent", 3, {names.AGENT: "support"}),
]
"""What every table takes something of: by chance alone there may be nothing for one of them."""


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(spans(), min_size=1, max_size=20))
@example(USUAL)
def test_both_ways_in_give_the_same_rows_in_every_table(two_ways: TwoWays, batch: list[ReadableSpan]) -> None:
    assert two_ways.exporter.export(batch) is SpanExportResult.SUCCESS
    assert two_ways.otlp.export(batch) is SpanExportResult.SUCCESS
    for table in fed_tables(two_ways.direct):
        assert rows(two_ways.direct, table) == rows(two_ways.over_otlp, table), f"{table} differs"
    assert two_ways.exporter.refused_spans == 0


def test_the_property_reaches_the_tables_it_compares(two_ways: TwoWays) -> None:
    """Otherwise it would hold of nothing."""
    filled = {table for table in fed_tables(two_ways.direct) if rows(two_ways.direct, table)}
    assert {"runs", "rounds", "tool_calls", "contents", "facets", "spans"} <= filled


def fed_tables(store: Store) -> list[str]:
    """The tables that an insert fills; what is computed from them later is not compared here."""
    found = store.rows(
        "SELECT DISTINCT extract(create_table_query, ' TO invocation\\.(\\w+)') AS name FROM system.tables "
        "WHERE database = 'invocation' AND engine = 'MaterializedView' AND create_table_query NOT LIKE '% REFRESH %'"
    )
    return sorted({row["name"] for row in found} - {"stage"})


def rows(store: Store, table: str) -> list[dict[str, Any]]:
    """Every row of *table*, without the columns that tell when it was stored."""
    columns = store.rows(
        "SELECT name FROM system.columns WHERE database = 'invocation' AND table = {table:String} "
        "AND name NOT LIKE '%ingested_at' ORDER BY position",
        {"table": table},
    )
    selected = ", ".join(f"`{column['name']}`" for column in columns)
    return store.rows(f"SELECT {selected} FROM {table} FINAL ORDER BY ALL")


def test_a_batch_sent_again_changes_nothing(two_ways: TwoWays) -> None:
    span = some_span("again")
    for _ in range(2):
        assert two_ways.exporter.export([span]) is SpanExportResult.SUCCESS
    assert stored_names(two_ways.direct, "again") == ["again"]


def test_a_span_that_otlp_cannot_say_does_not_hold_up_its_neighbours(
    two_ways: TwoWays, caplog: pytest.LogCaptureFixture
) -> None:
    batch = [some_span("before"), some_span("half a pair: \ud800"), some_span("after")]
    assert two_ways.exporter.export(batch) is SpanExportResult.SUCCESS
    assert two_ways.exporter.refused_spans == 1
    [record] = [found for found in caplog.records if found.name == "invocation_otel"]
    assert record.message.startswith(
        r"ClickHouseSpanExporter dropped the span 'half a pair: \ud800', which OTLP cannot"
    )
    assert [*stored_names(two_ways.direct, "before"), *stored_names(two_ways.direct, "after")] == ["before", "after"]


def test_a_store_that_is_down_is_a_failure_with_one_log_line(caplog: pytest.LogCaptureFixture) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    exporter = ClickHouseSpanExporter(address)
    assert exporter.export([some_span("one"), some_span("two")]) is SpanExportResult.FAILURE
    assert exporter.failed_spans == 2
    [record] = [found for found in caplog.records if found.name == "invocation_otel"]
    assert record.levelno == logging.WARNING
    assert record.message.startswith(
        f"ClickHouseSpanExporter could not store 2 spans: Nothing answers at {address}. Start it with"
    )


def test_what_is_exported_after_the_shutdown_fails(two_ways: TwoWays) -> None:
    exporter = two_ways.another_exporter()
    assert exporter.export([some_span("in time")]) is SpanExportResult.SUCCESS
    exporter.shutdown()
    assert exporter.export([some_span("too late")]) is SpanExportResult.FAILURE
    assert [*stored_names(two_ways.direct, "in time"), *stored_names(two_ways.direct, "too late")] == ["in time"]


def test_a_plain_batch_processor_delivers_with_it(two_ways: TwoWays) -> None:
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(two_ways.another_exporter()))
    provider.get_tracer("plain").start_span("plain").end()
    provider.shutdown()
    assert stored_names(two_ways.direct, "plain") == ["plain"]


def test_configure_delivers_with_it(two_ways: TwoWays, global_provider: TracerProvider) -> None:
    handle = invocation_otel.configure(tracer_provider=global_provider, exporter=two_ways.another_exporter())
    with invocation_otel.invocation("exported", tenant="exported") as run:
        pass
    assert handle.flush(10)
    handle.shutdown()
    [row] = two_ways.direct.rows("SELECT run_id, status FROM v_runs WHERE tenant = 'exported'")
    assert row == {"run_id": run.id, "status": "success"}


def test_the_environment_names_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenTelemetry constructs exporters by name, without arguments; nothing is opened before the first batch."""
    monkeypatch.setenv("INVOCATION_URL", "ftp://host")
    with pytest.raises(SettingsError, match=r"its scheme is 'ftp'"):
        ClickHouseSpanExporter()
    monkeypatch.setenv("INVOCATION_URL", "http://nobody.invalid:1")
    ClickHouseSpanExporter().shutdown()


def test_an_embedded_store_gets_its_tables_with_the_first_batch(tmp_path: Path) -> None:
    code = """
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from invocation_otel.store.exporter import ClickHouseSpanExporter
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(ClickHouseSpanExporter(sys.argv[1])))
        provider.get_tracer("mine").start_span("embedded").end()
        provider.shutdown()
        with open_store(sys.argv[1]) as store:
            print(store.rows("SELECT SpanName FROM spans"))
        """
    assert outcome(in_process(code, tmp_path.as_uri())) == "[{'SpanName': 'embedded'}]"


def test_opentelemetry_s_own_configuration_finds_it_by_its_name(tmp_path: Path) -> None:
    """As `opentelemetry-instrument` does with OTEL_TRACES_EXPORTER=invocation: the SDK looks for the entry point."""
    code = """
        import os
        os.environ |= {
            "OTEL_TRACES_EXPORTER": "invocation", "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none",
            "OTEL_SERVICE_NAME": "found", "INVOCATION_URL": sys.argv[1],
        }
        from opentelemetry import trace
        from opentelemetry.sdk._configuration import _OTelSDKConfigurator
        _OTelSDKConfigurator().configure(auto_instrumentation_version="0")
        trace.get_tracer("mine").start_span("by name").end()
        trace.get_tracer_provider().shutdown()
        with open_store(sys.argv[1]) as store:
            print(store.rows("SELECT ServiceName, SpanName FROM spans"))
        """
    assert outcome(in_process(code, tmp_path.as_uri())) == "[{'ServiceName': 'found', 'SpanName': 'by name'}]"


def some_span(name: str) -> ReadableSpan:
    return ReadableSpan(
        name=name,
        context=SpanContext(START_NS, secrets.randbits(63), is_remote=False),
        start_time=START_NS,
        end_time=START_NS,
    )


def stored_names(store: Store, name: str) -> list[str]:
    found = store.rows("SELECT SpanName FROM spans WHERE SpanName = {name:String}", {"name": name})
    return [row["SpanName"] for row in found]


FORKING = """
import os, sys, threading, time
import invocation_otel
from invocation_otel.store.exporter import ClickHouseSpanExporter

exporter = ClickHouseSpanExporter(sys.argv[1])
handle = invocation_otel.configure(exporter=exporter, service_name="forking", announce=False, instrument=False)
tracer = handle.provider.get_tracer("test")

def work():
    while True:
        tracer.start_span("parent").end()
        handle.flush(5)

threading.Thread(target=work, daemon=True).start()
while not handle.stats().exported:
    time.sleep(0.01)
for number in range(5):
    pid = os.fork()
    if not pid:
        tracer.start_span(f"child {number}").end()
        sys.exit(0)
    os.waitpid(pid, 0)
"""


def test_children_that_are_forked_while_their_parent_exports_deliver_too(two_ways: TwoWays) -> None:
    """The parent's thread holds the exporter's lock and uses its connection at the moment of the fork."""
    command = [sys.executable, "-W", "ignore", "-c", FORKING, two_ways.direct_url]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    sql = "SELECT SpanName FROM spans FINAL WHERE ServiceName = 'forking' AND SpanName != 'parent' ORDER BY SpanName"
    assert [row["SpanName"] for row in two_ways.direct.rows(sql)] == [f"child {number}" for number in range(5)]
