"""From a run to the viewer: the row of a file in the store, and the copy behind its link."""

import urllib.request
from pathlib import Path

import pytest
from file_recordings import digest
from opentelemetry.sdk.trace import TracerProvider

import invocation_otel
from invocation_otel import File, invocation
from invocation_otel.store.client import open_store
from migrated_folder import migrated
from processes import free_port, served

PDF = b"%PDF-1.7 an invoice"


def test_the_viewer_finds_the_copy_behind_the_link_of_its_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As users have it: the embedded store, a folder for copies, nothing else set but the gateway's address."""
    port = free_port()
    monkeypatch.setenv("INVOCATION_FILES", str(tmp_path / "files"))
    monkeypatch.setenv("INVOCATION_FILES_GATEWAY", f"http://127.0.0.1:{port}/files")
    with served(migrated(tmp_path / "store"), http_port=port) as server:
        handle = invocation_otel.configure(tracer_provider=TracerProvider(), endpoint=server.otlp_url, instrument=False)
        try:
            files = [File.from_bytes(PDF, name="Müll \ud800.pdf"), File.from_url("https://u:p@example.org/b.csv")]
            with invocation("reader", tenant="acme", files=files) as run:
                pass
            assert handle.flush()
        finally:
            handle.shutdown()
        with open_store(server.http_url) as store:
            rows = store.rows("SELECT * FROM v_files WHERE run_id = {run:String} ORDER BY position", {"run": run.id})
        [copied, address] = [
            {name: row[name] for name in row if name not in ("run_started_at", "run_id")} for row in rows
        ]
        link = copied.pop("uri")
        with urllib.request.urlopen(link) as answer:  # noqa: S310 - our own address
            assert answer.read() == PDF
            assert answer.headers["Content-Disposition"].endswith("filename*=UTF-8''M%C3%BCll%20.pdf")
    assert copied == {
        "tenant": "acme",
        "position": 1,
        "name": "Müll ?.pdf",
        "media_type": "application/pdf",
        "bytes": len(PDF),
        "sha256": digest(PDF),
        "source": "bytes",
        "mirrored": True,
    }
    assert (address["uri"], address["bytes"], address["mirrored"]) == ("https://example.org/b.csv", None, False)
    assert {path.name for path in (tmp_path / "files").iterdir()} == {".key", "acme"}
