"""The places in `faults.py`: the real store, an endpoint that misbehaves as told, and processes of producers."""

import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from invocation_otel.store.client import open_store

MIB = 1024 * 1024
PRODUCER = Path(__file__).with_name("faults_producer.py")


@dataclass(frozen=True)
class Request:
    """One that an endpoint got."""

    number: int
    body: bytes
    headers: dict[str, str]

    def ids(self) -> list[str]:
        message = ExportTraceServiceRequest.FromString(self.body)
        return [span.span_id.hex() for r in message.resource_spans for s in r.scope_spans for span in s.spans]


@dataclass(frozen=True)
class Reply:
    """What an endpoint does with it."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    how: Literal["answer", "hang", "lose"] = "answer"
    """`hang`: never answer; `lose`: do as asked, and close the connection instead of answering."""


class Endpoint:
    """An OTLP/HTTP endpoint in this process; what it took is in `taken`. With *behind* it hands everything on."""

    def __init__(self, behave: Callable[[Request], Reply] = lambda _: Reply(), *, behind: str | None = None) -> None:
        self.behave, self.behind = behave, behind
        self.taken: Counter[str] = Counter()
        self.times: list[tuple[float, int]] = []
        self._numbers = iter(range(1 << 60))
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self.open()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def open(self) -> None:
        """Listen, always on the same port."""
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                endpoint.serve(self)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_: object) -> None:  # a client that was killed
                pass

        self._server = Server(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Refuse connections until it is opened again."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        with self._lock:
            request = Request(
                next(self._numbers), body, {name.lower(): value for name, value in handler.headers.items()}
            )
        reply = self.behave(request)
        if reply.how == "hang":
            time.sleep(3600)
        if reply.status == 200:
            reply = self._take(request, reply)
        self.times.append((time.monotonic(), reply.status))
        if reply.how == "lose" or self._server is None:
            handler.close_connection = True
            return
        handler.send_response(reply.status)
        for name, value in {**reply.headers, "Content-Length": "0"}.items():
            handler.send_header(name, value)
        handler.end_headers()

    def _take(self, request: Request, reply: Reply) -> Reply:
        if self.behind is None:
            with self._lock:
                self.taken.update(request.ids())
            return reply
        onward = urllib.request.Request(f"{self.behind}/v1/traces", data=request.body, method="POST")  # noqa: S310 - ours
        for name in {"content-type", "content-encoding"} & set(request.headers):
            onward.add_header(name, request.headers[name])
        try:
            with urllib.request.urlopen(onward, timeout=60) as answer:  # noqa: S310 - ours
                return Reply(answer.status, how=reply.how)
        except urllib.error.HTTPError as error:
            return Reply(error.code, how=reply.how)
        except OSError:
            return Reply(502, how=reply.how)


@dataclass
class Producer:
    """A process that produces, and what it said."""

    process: "subprocess.Popen[bytes]"
    out: Path

    def wait(self, timeout_s: float = 180) -> "Producer":
        self.process.wait(timeout_s)
        return self

    def lines(self) -> list[dict[str, Any]]:
        """All it told; a line that was cut off by a kill is left out."""
        text = self.out.read_text() if self.out.exists() else ""
        return [json.loads(line) for line in text.splitlines() if line.endswith("}")]

    def ids(self, *, before: float = float("inf")) -> set[str]:
        return {name for line in self.lines() if line["at"] < before for name in line["ids"]}


@dataclass
class World:
    """One case on one side: its folder, its service's name, and the store."""

    side: str
    folder: Path
    store_otlp: str
    store_http: str
    quick: bool
    _made: int = 0

    @property
    def service(self) -> str:
        return f"{self.folder.parent.name}-{self.side}"

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def start(self, scenario: str, endpoint: str, **options: Any) -> Producer:
        """A producer, running."""
        self._made += 1
        out = self.folder / f"{scenario}-{self._made}.jsonl"
        told = {"endpoint": endpoint, "service": self.service, "out": str(out), "state": str(self.state), **options}
        log = (self.folder / f"{scenario}-{self._made}.log").open("wb")
        command = [sys.executable, "-W", "ignore", str(PRODUCER), self.side, scenario, json.dumps(told)]
        return Producer(subprocess.Popen(command, env=self.environment(), stdout=log, stderr=log), out)

    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "INVOCATION_"))}
        return inherited | {"XDG_STATE_HOME": str(self.state)}

    def tidy_up(self, endpoint: str, seconds: float = 30) -> None:
        """Run another process, which delivers what the first left in the spool. Raw has none."""
        if self.side == "ours":
            self.start("tidy", endpoint, seconds=seconds).wait()

    def stored(self, expected: set[str], *, patience_s: float = 20) -> tuple[Counter[str], int]:
        """How often each span is in the table, and how many rows SQL sees beyond one each; waits while rows come."""
        deadline, last = time.monotonic() + patience_s, -1
        sql = "SELECT SpanId, count() AS n FROM spans WHERE ServiceName = {service:String} GROUP BY SpanId"
        with open_store(self.store_http) as store:
            while True:
                rows = store.rows(sql, {"service": self.service})
                found = Counter({row["SpanId"]: row["n"] for row in rows if row["SpanId"] in expected})
                if len(found) == len(expected) or (found.total() == last and time.monotonic() > deadline):
                    break
                last = found.total()
                time.sleep(1)
            seen = store.rows(sql.replace("FROM spans", "FROM spans FINAL"), {"service": self.service})
        return found, sum(row["n"] - 1 for row in seen if row["SpanId"] in expected)

    def lost(self) -> int:
        """How many spans SQL calls lost, from what the processes report."""
        sql = "SELECT sum(ifNull(missing, 0) + dropped) AS n FROM v_delivery WHERE service = {service:String}"
        with open_store(self.store_http) as store:
            [row] = store.rows(sql, {"service": self.service})
        return int(row["n"])


@contextmanager
def opened(behave: Callable[[Request], Reply] = lambda _: Reply(), *, behind: str | None = None) -> Iterator[Endpoint]:
    """An endpoint for as long as the block runs."""
    endpoint = Endpoint(behave, behind=behind)
    try:
        yield endpoint
    finally:
        endpoint.close()


@dataclass(frozen=True)
class Result:
    """What came of one case on one side."""

    produced: set[str]
    stored: Counter[str]
    seen_twice: int = 0
    """Rows beyond one for each span that SQL sees (`FINAL`)."""

    note: str = ""
    unmet: str = ""
    """What else was asked for, and is not so."""

    @property
    def distinct(self) -> int:
        return len(self.stored)

    @property
    def duplicates(self) -> int:
        return self.stored.total() - len(self.stored)

    @property
    def equal(self) -> bool:
        return bool(self.produced) and set(self.stored) == self.produced and not self.seen_twice


def from_store(world: World, produced: set[str], note: str = "", *, patience_s: float = 20, unmet: str = "") -> Result:
    stored, seen_twice = world.stored(produced, patience_s=patience_s if world.side == "ours" else 8)
    if lost := world.lost():
        unmet += f" v_delivery calls {lost} spans lost."
    return Result(produced, stored, seen_twice, note, unmet)


def from_endpoint(endpoint: Endpoint, produced: set[str], note: str = "", *, unmet: str = "") -> Result:
    return Result(produced, Counter({i: n for i, n in endpoint.taken.items() if i in produced}), 0, note, unmet)
