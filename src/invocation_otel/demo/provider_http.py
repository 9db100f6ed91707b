"""The HTTP side of the local provider server: routes, headers, chunks and connections."""

import json
import math
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_hex
from socket import SHUT_RDWR, socket
from typing import Any, Protocol

from .script import Failure
from .wire import Answer, Provider, RefusedError, Wire


class Providers(Protocol):
    """What the HTTP side asks for."""

    def provider_at(self, path: str) -> Provider: ...
    def refusal_of(self, provider: Provider, headers: Mapping[str, str]) -> Failure | None: ...
    def answer(self, wire: Wire, body: Mapping[str, Any], *, attempt: int) -> Answer | Failure: ...
    def pause(self, seconds: float) -> None: ...
    def note(self, error: BaseException) -> None: ...


class ProviderHttpServer(ThreadingHTTPServer):
    """Listens on loopback, and knows its connections so that none outlives it."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, providers: Providers) -> None:
        self.providers = providers
        self._connections: set[socket] = set()
        self._connections_lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._connections_lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._connections_lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        with self._connections_lock:
            for connection in self._connections:
                # The client may have closed it already.
                with suppress(OSError):
                    connection.shutdown(SHUT_RDWR)
        super().server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class's signature
        """Note what went wrong, unless the client went away: timeouts and cancelled calls end so."""
        error = sys.exception()
        if error is not None and not isinstance(error, ConnectionError):
            self.providers.note(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: ProviderHttpServer

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Say nothing: the demo's output is for reading."""

    def _answer(self) -> None:
        path = self.path.partition("?")[0]
        provider = self.server.providers.provider_at(path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        raw = self.rfile.read(int(headers.get("content-length", 0)))
        found = provider.wire_at(path) if self.command == "POST" else None
        refusal = self.server.providers.refusal_of(provider, headers)
        if refusal or found is None:
            self._send_failure(provider, refusal or provider.unknown_path(self.command, path))
        else:
            wire, added = found
            self._send(provider, wire, self._outcome(provider, wire, raw, headers, added))

    def _outcome(
        self, provider: Provider, wire: Wire, raw: bytes, headers: Mapping[str, str], added: Mapping[str, Any]
    ) -> Answer | Failure:
        try:
            body = {**json.loads(raw), **added}
        except ValueError:
            return provider.not_json
        # Both clients say how often they have retried.
        attempt = int(headers.get("x-stainless-retry-count", "0")) + 1
        try:
            return self.server.providers.answer(wire, body, attempt=attempt)
        except RefusedError as refused:
            return refused.failure
        except (KeyError, TypeError, AttributeError) as error:
            return Failure(status=400, message=f"The request does not have the expected shape: {error!r}")

    def _send(self, provider: Provider, wire: Wire, outcome: Answer | Failure) -> None:
        if isinstance(outcome, Failure):
            self._send_failure(provider, outcome)
        elif outcome.request.stream:
            self._send_stream(provider, wire, outcome)
        else:
            self._send_json(provider, wire.whole(outcome), cut=outcome.reply.break_off is not None)

    def _send_failure(self, provider: Provider, failure: Failure) -> None:
        wait_s = failure.retry_after_s
        # As the providers send them: whole seconds, and milliseconds, which both clients prefer.
        retry = (
            {} if wait_s is None else {"retry-after": f"{math.ceil(wait_s)}", "retry-after-ms": f"{wait_s * 1000:.0f}"}
        )
        self._send_json(provider, provider.error(failure), status=failure.status, headers=retry)

    def _send_json(
        self,
        provider: Provider,
        document: dict[str, Any],
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        cut: bool = False,
    ) -> None:
        body = json.dumps(document, ensure_ascii=False).encode()
        kind = {"content-type": "application/json", "content-length": str(len(body))}
        self._send_head(provider, status, {**kind, **(headers or {})})
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = self.close_connection or cut

    def _send_head(self, provider: Provider, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {provider.request_id_header: f"req_{token_hex(12)}", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _send_stream(self, provider: Provider, wire: Wire, answer: Answer) -> None:
        kind = {"content-type": wire.stream_type, "transfer-encoding": "chunked"}
        self._send_head(provider, 200, kind)
        break_off = answer.reply.break_off
        for sent, data in enumerate(wire.events(answer)):
            if break_off and sent == break_off.after_events:
                if break_off.error is None:
                    self.close_connection = True
                    return
                self._send_chunk(wire.error_event(break_off.error))
                break
            self.server.providers.pause(answer.reply.event_delay_s)
            self._send_chunk(data)
        self.wfile.write(b"0\r\n\r\n")

    def _send_chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
