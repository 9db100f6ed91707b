"""Fixtures shared by every test: the real engine with our schema in it, and the real SDK recording."""

import logging
import os
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import invocation_otel
from invocation_otel.record.guard import failures
from invocation_otel.store.client import Store, open_store
from invocation_otel.store.migrate import migrate

# Copies of files are kept only where a test says where to.
os.environ["INVOCATION_FILES"] = "off"


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A freshly migrated embedded store; one for all tests, because a process can open only one."""
    with open_store((tmp_path_factory.mktemp("store") / "data").as_uri()) as opened:
        migrate(opened)
        yield opened


class Recording:
    """What the library recorded in one test, as an exporter received it."""

    def __init__(self, handle: invocation_otel.Handle, exporter: InMemorySpanExporter) -> None:
        self.handle = handle
        self._exporter = exporter

    @property
    def arrived(self) -> list[dict[str, Any]]:
        """Attributes of the spans that came by now, without asking for the others; no announcements."""
        return [told(span) for span in self._exporter.get_finished_spans() if "invocation.pending" not in told(span)]

    @property
    def spans(self) -> list[ReadableSpan]:
        """Every span so far, announcements left out, in the order in which they ended."""
        assert self.handle.flush(10)
        return [span for span in self._exporter.get_finished_spans() if "invocation.pending" not in told(span)]

    def of(self, operation: str) -> list[dict[str, Any]]:
        """Attributes of the spans of one operation: invoke_agent, chat, execute_tool."""
        return [told(span) for span in self.spans if told(span).get("gen_ai.operation.name") == operation]

    @property
    def announced(self) -> list[ReadableSpan]:
        assert self.handle.flush(10)
        return [span for span in self._exporter.get_finished_spans() if "invocation.pending" in told(span)]


def told(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


@pytest.fixture(scope="session")
def global_provider() -> TracerProvider:
    """The one that `anthropic` records with by itself; a process can set it only once."""
    provider = TracerProvider()
    trace.set_tracer_provider(provider)
    return provider


@pytest.fixture
def recording(global_provider: TracerProvider) -> Iterator[Recording]:
    """The library configured as users do it, with an exporter that keeps what it is given."""
    exporter = InMemorySpanExporter()
    handle = invocation_otel.configure(tracer_provider=global_provider, exporter=exporter)
    yield Recording(handle, exporter)
    handle.shutdown()


@pytest.fixture(autouse=True)
def _no_hidden_errors(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """An error that the library kept from the agent must not go unseen in a test; the ones that expect it clear it."""
    failures.clear()
    yield
    hidden = [r.getMessage() for r in caplog.get_records("call") if r.levelno >= logging.ERROR]
    assert (hidden, dict(failures)) == ([], {}), "the library swallowed an error"
