"""Agent → Collector → ClickHouse's HTTP interface → SQL: the real Collector, with the project's own configuration."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from conftest import Recording
from invocation_otel import File, Prompt, invocation
from invocation_otel.store.client import Store, open_store
from migrated_folder import migrated
from processes import collector, collector_binary, served

TABLES = ("runs", "rounds", "tool_calls", "contents", "files", "facets", "spans")


@pytest.fixture(scope="session")
def binary() -> Path:
    found = collector_binary()
    if found is None:
        pytest.skip("Go is not installed, so the Collector could not be built; the chain through it is NOT tested.")
    return found


@pytest.fixture
def direct_and_collected(binary: Path, tmp_path: Path) -> Iterator[tuple[tuple[str, Store], tuple[str, Store]]]:
    """Two stores, each with the address that spans for it are sent to: its own, and a Collector's."""
    with (
        served(migrated(tmp_path / "direct")) as direct,
        served(migrated(tmp_path / "collected")) as behind,
        collector(binary, behind.http_url, tmp_path / "queue") as address,
        open_store(direct.http_url) as direct_store,
        open_store(behind.http_url) as collected_store,
    ):
        yield (direct.otlp_url, direct_store), (address, collected_store)


def test_rows_that_came_through_the_collector_equal_those_that_came_directly(
    recording: Recording, direct_and_collected: tuple[tuple[str, Store], tuple[str, Store]]
) -> None:
    _some_runs()
    _odd_values(recording)
    spans = [*recording.announced, *recording.spans]
    for address, _ in direct_and_collected:
        assert _send(address, spans) is SpanExportResult.SUCCESS

    direct, collected = (store for _, store in direct_and_collected)
    for table in TABLES:
        rows = _rows(direct, table)
        assert rows, f"nothing in {table}"
        _wait_until(lambda table=table, rows=rows: len(_rows(collected, table)) >= len(rows))  # type: ignore[misc] # bound now
        assert _rows(collected, table) == rows, f"{table} differs"


def test_the_cost_in_the_program_is_the_cost_in_sql(
    recording: Recording, direct_and_collected: tuple[tuple[str, Store], tuple[str, Store]]
) -> None:
    run = _some_runs()
    address, store = direct_and_collected[1]
    _send(address, recording.spans)
    found = "SELECT count() AS n FROM v_rounds WHERE run_id = {run:String}"
    _wait_until(lambda: store.rows(found, {"run": run.id})[0]["n"] == run.rounds)
    _wait_until(lambda: store.rows(found.replace("v_rounds", "v_runs"), {"run": run.id})[0]["n"] == 1)

    [row] = store.rows("SELECT cost_usd FROM v_runs WHERE run_id = {run:String}", {"run": run.id})
    [rounds] = store.rows("SELECT sum(cost_usd) AS cost_usd FROM v_rounds WHERE run_id = {run:String}", {"run": run.id})
    assert f"{row['cost_usd']:.9f}" == f"{rounds['cost_usd']:.9f}" == f"{run.cost_usd:.9f}"


def _some_runs() -> Any:
    prompt = Prompt("support-system", version="3", template="You help {shop}.", variables={"shop": "Acmé & <Söhne>"})
    with invocation(
        "support",
        triggered_by="user",
        tenant="acme",
        user_id="42",
        session_id="s1",
        memory=["Hi"],
        system_prompt=prompt,
        files=[File.from_url("https://example.org/a.pdf")],
        external_id="order-7",
    ) as run:
        for number in range(3):
            with run.round(
                provider="anthropic",
                model="claude-opus-4-5",
                system=prompt.text,
                messages=["Hi", f"Where is order {number}? 🚚 \u2028 </pre> \\ \" '"],
                params={"temperature": 0.1, "stop": ["a", "b"]},
            ) as round_:
                round_.respond("On its way.", input_tokens=1_234 + number, output_tokens=7, cache_read_tokens=1_000)
        with run.tool("lookup", arguments={"id": 7, "price": 1.50}, call_id="c1") as tool:
            tool.result({"status": "shipped", "weight": 1e-7})
        with invocation("nested", celery_task_id="t-1"), pytest.raises(TimeoutError), run.tool("slow"):
            raise TimeoutError("after 1 s")
    return run


def _odd_values(recording: Recording) -> None:
    """Values that Go and Python write differently unless care is taken."""
    odd: dict[str, Any] = {
        "float.small": 1e-7,
        "float.large": 1e21,
        "float.whole": 3.0,
        "float.third": 1 / 3,
        "float.nan": float("nan"),
        "float.infinite": float("-inf"),
        "int.large": 2**63 - 1,
        "bool": True,
        "empty": "",
        "list": [1.0, 2.5, 1e-7],
        "strings": ["<a>", "&", "\u2028", "ü"],
        "nothing": [],
        "nested": {"b": 1, "a": {"c": [True, None]}},
        "bytes": b"\x00\xff",
        "control": "\x00\x01\x1f\x7f",
    }
    tracer = recording.handle.provider.get_tracer("odd", "1.0")
    with invocation("odd"), tracer.start_as_current_span("odd", attributes=odd) as span:
        span.add_event("event", {"float": 1e-9, "list": ["x"]})


def _send(address: str, spans: Sequence[ReadableSpan]) -> SpanExportResult:
    exporter: SpanExporter = OTLPSpanExporter(endpoint=f"{address}/v1/traces")
    try:
        return exporter.export(spans)
    finally:
        exporter.shutdown()


def _wait_until(arrived: Callable[[], bool]) -> None:
    """The Collector answers before it delivers, and the tables of one insert do not fill at the same instant."""
    deadline = time.monotonic() + 30
    while not arrived() and time.monotonic() < deadline:
        time.sleep(0.1)


def _rows(store: Store, table: str) -> list[dict[str, Any]]:
    """Every column of every row that tells what was sent; when it was stored differs, of course."""
    columns = store.rows(
        "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String} "
        "AND name != 'ingested_at' ORDER BY position",
        {"table": table},
    )
    names = ", ".join(f"`{column['name']}`" for column in columns)
    return store.rows(f"SELECT {names} FROM {table} FINAL ORDER BY ALL")
