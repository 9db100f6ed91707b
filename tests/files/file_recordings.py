"""What the tests of files have in common: recording with a storage, and the files of a run as they were told."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import invocation_otel
from conftest import Recording
from invocation_otel import Handle, invocation
from invocation_otel.record.guard import failures

KEY = "0123456789abcdef0123456789abcdef"


@contextmanager
def recording_files(files: str | Path) -> Iterator[Recording]:
    """The library configured as users do it, with copies kept in *files*."""
    exporter = InMemorySpanExporter()
    handle = invocation_otel.configure(
        tracer_provider=TracerProvider(), exporter=exporter, files=files, instrument=False
    )
    try:
        yield Recording(handle, exporter)
    finally:
        handle.shutdown()


def told_files(recording: Recording) -> list[dict[str, Any]]:
    """The files of the one run that was recorded."""
    [run] = recording.of("invoke_agent")
    told: list[dict[str, Any]] = json.loads(run["invocation.files"])
    return told


def run_with(*files: Any, tenant: str = "acme") -> None:
    """A run that is given *files*."""
    with invocation("reader", tenant=tenant, files=files):
        pass


def copies(folder: Path) -> dict[str, bytes]:
    """What is kept in *folder*, by tenant and SHA-256."""
    found = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {f"{path.parts[0]}/{path.name}": content for path, content in found.items() if path.name != ".key"}


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def expected_failures(handle: Handle, caplog: pytest.LogCaptureFixture, **counts: int) -> None:
    """The library has kept these failures from the agent, counted each and logged each kind once."""
    found = {name.replace(" ", "_"): count for name, count in handle.stats().failures.items()}
    logged = [record.getMessage() for record in caplog.get_records("call") if record.levelname == "ERROR"]
    assert (found, len(logged)) == (counts, len(counts))
    failures.clear()
    caplog.clear()
