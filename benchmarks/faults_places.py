"""What the cases of `faults.py` talk to, beside the store: a Collector and a store that can be killed, a small disk."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from processes import ROOT, collector_binary, free_port


class NotComparableError(Exception):
    """Raw OpenTelemetry has nothing like it."""


def wait(condition: Callable[[], object], seconds: float) -> None:
    """Until *condition* holds, or for so long."""
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.1)


@contextmanager
def kept_running(
    command: list[str], ready: Callable[[], bool], log: Path, environment: dict[str, str]
) -> Iterator[Callable[[], None]]:
    """*command*, started again at once whenever it is killed, which is what the function given does."""
    running: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        with log.open("ab") as file:
            running[:] = [subprocess.Popen(command, env=os.environ | environment, stdout=file, stderr=file)]
        wait(ready, 60)

    def kill() -> None:
        running[0].kill()
        running[0].wait()
        start()

    start()
    try:
        yield kill
    finally:
        running[0].terminate()
        running[0].wait(30)


@contextmanager
def collector(clickhouse: str, queue: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """The real Collector in front of *clickhouse*: its OTLP address, and what kills it and starts it again."""
    binary = collector_binary()
    if binary is None:
        raise NotComparableError
    otlp, grpc, health, metrics = (free_port() for _ in range(4))
    environment = {
        "CLICKHOUSE_ENDPOINT": f"http://{clickhouse}",
        "QUEUE_DIR": str(queue),
        "OTLP_HTTP_PORT": str(otlp),
        "OTLP_GRPC_PORT": str(grpc),
        "HEALTH_PORT": str(health),
        "METRICS_PORT": str(metrics),
    }
    command = [str(binary), "--config", str(ROOT / "collector-config.yaml")]
    log = queue.with_suffix(".log")
    with kept_running(command, lambda: is_healthy(health), log, environment) as kill:
        yield f"http://127.0.0.1:{otlp}", kill


@contextmanager
def serve(folder: Path) -> Iterator[tuple[str, str, Callable[[], None]]]:
    """`invocation-otel serve` over *folder*: its OTLP and its HTTP address, and what kills it and starts it again."""
    otlp, http = free_port(), free_port()
    command = [sys.executable, "-m", "invocation_otel", "serve", "--url", folder.as_uri()]
    command += ["--otlp-port", str(otlp), "--http-port", str(http)]
    with kept_running(command, lambda: is_healthy(otlp), folder.with_suffix(".log"), {}) as kill:
        yield f"http://127.0.0.1:{otlp}", json.loads((folder / "serve.json").read_text())["url"], kill


def is_healthy(port: int) -> bool:
    """Whether something there answers a question for its health."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of one megabyte at *folder*."""
    folder.mkdir()
    mount = subprocess.run(
        [shutil.which("mount") or "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)],
        check=False,
        capture_output=True,
    )
    if mount.returncode:
        raise NotComparableError
    try:
        yield folder
    finally:
        subprocess.run([shutil.which("umount") or "umount", "-l", str(folder)], check=False)
