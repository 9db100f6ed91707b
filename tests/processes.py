"""The real processes that tests talk to: `invocation-otel serve`, and the OpenTelemetry Collector, built here."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
MANIFEST = ROOT / "collector-builder.yaml"
BUILDER = "go.opentelemetry.io/collector/cmd/builder@v0.161.0"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "invocation-otel" / "collector"


@dataclass(frozen=True)
class Served:
    """A running `invocation-otel serve`."""

    otlp_url: str
    http_url: str
    process: "subprocess.Popen[str]"


@contextmanager
def served(folder: Path, *, password: str = "", http_port: int = 0) -> Iterator[Served]:
    """`invocation-otel serve` on free ports, over the store in *folder*."""
    command = [sys.executable, "-m", "invocation_otel", "serve", "--url", folder.as_uri()]
    process = subprocess.Popen(
        [*command, "--otlp-port", "0", "--http-port", str(http_port)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"INVOCATION_PASSWORD": password},
    )
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        assert "Stop with" in lines[3], f"serve did not start: {lines}"
        note = json.loads((folder / "serve.json").read_text())
        found = re.search(r"http://\S+", lines[1])
        assert found is not None
        yield Served(otlp_url=found[0], http_url=note["url"], process=process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()


def collector_binary() -> Path | None:
    """The Collector of `collector-builder.yaml`, built once and kept outside the repository; None without Go."""
    binary = CACHE / hashlib.sha256(MANIFEST.read_bytes()).hexdigest()[:16] / "otelcol"
    go = shutil.which("go")
    if not binary.exists() and go is not None:
        binary.parent.mkdir(parents=True, exist_ok=True)
        with (binary.parent / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # the processes that share the tests out ask for it at the same time
            if not binary.exists():
                _build_collector(binary, go)
    return binary if binary.exists() else None


def _build_collector(binary: Path, go: str) -> None:
    tools, made, manifest = (binary.parent / name for name in ("tools", "made", MANIFEST.name))
    subprocess.run([go, "install", BUILDER], env=os.environ | {"GOBIN": str(tools)}, check=True)
    manifest.write_text(MANIFEST.read_text().replace("./build/collector", str(made)))
    subprocess.run([str(tools / "builder"), f"--config={manifest}"], check=True)
    (made / "otelcol-invocation").rename(binary)
    shutil.rmtree(made)


@contextmanager
def collector(binary: Path, store_url: str, queue: Path) -> Iterator[str]:
    """The Collector with the project's own configuration, delivering to *store_url*; gives its OTLP/HTTP address."""
    host = store_url.removeprefix("http://").partition("/")[0]
    otlp, grpc, health, metrics = (free_port() for _ in range(4))
    settings = {
        "CLICKHOUSE_ENDPOINT": f"http://{host}",
        "QUEUE_DIR": str(queue),
        "OTLP_HTTP_PORT": str(otlp),
        "OTLP_GRPC_PORT": str(grpc),
        "HEALTH_PORT": str(health),
        "METRICS_PORT": str(metrics),
    }
    with (queue.parent / f"{queue.name}.log").open("a") as log:
        process = subprocess.Popen(
            [str(binary), "--config", str(ROOT / "collector-config.yaml")], env=os.environ | settings, stderr=log
        )
        try:
            _wait_until_healthy(f"http://127.0.0.1:{health}/", process)
            yield f"http://127.0.0.1:{otlp}"
        finally:
            process.terminate()
            process.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_it_listens(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until *process* takes connections at *port* of this machine."""
    for _ in range(400):
        assert process.poll() is None, "the server ended"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"nothing listens at port {port}")


def _wait_until_healthy(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        assert process.poll() is None, "the Collector ended; see its log beside the queue"
        try:
            urllib.request.urlopen(url, timeout=1).close()  # noqa: S310 - our own address
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"nothing healthy at {url}")
