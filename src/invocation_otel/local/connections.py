"""What both ports have in common: taking connections, answering, ending well."""

import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .access import Access
from .body import Body

_IDLE_TIMEOUT_S = 60.0
_CONNECTIONS = 256


class Server(ThreadingHTTPServer):
    """Binds at once, serves when told, and ends after the requests it is working on."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, host: str, port: int, *, handler: type["Handler"], access: Access) -> None:
        self.access = access
        self.stopping = False
        self._busy: dict[socket.socket, bool] = {}
        self._changed = threading.Condition()
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), handler)

    def server_bind(self) -> None:
        """Bind, without asking the DNS for this machine's name, which can take many seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a new connection in a thread of its own, unless there are too many."""
        with self._changed:
            admitted = len(self._busy) < _CONNECTIONS
            if admitted:
                self._busy[request] = False
        if admitted:
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        with self._changed:
            self._busy.pop(request, None)
            self._changed.notify_all()
        super().shutdown_request(request)

    def mark(self, connection: socket.socket, *, busy: bool) -> None:
        """Note whether *connection* is in the middle of a request."""
        with self._changed:
            self._busy[connection] = busy

    def close_door(self) -> None:
        """Take no more requests."""
        self.stopping = True
        self.shutdown()
        self.server_close()
        with self._changed:
            self._cut(busy=False)

    def drain(self, *, deadline: float) -> None:
        """Let the requests under way end until *deadline* (monotonic), then cut them off."""
        with self._changed:
            while self._busy and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)
            self._cut(busy=True)

    def _cut(self, *, busy: bool) -> None:
        for connection, is_busy in self._busy.items():
            if is_busy == busy:
                # The client may have gone in this very moment.
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    """One connection; the ports' own handlers derive from it."""

    protocol_version = "HTTP/1.1"
    server_version = "invocation-otel"
    wbufsize = 1 << 16
    disable_nagle_algorithm = True
    timeout = _IDLE_TIMEOUT_S
    server: Server
    body: Body

    def version_string(self) -> str:
        """What the Server header says."""
        return self.server_version

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Keep the terminal quiet: every failure is told to the client that met it."""

    def handle_one_request(self) -> None:
        """Serve the connection's next request; a client that goes away or falls silent ends it."""
        self.server.mark(self.connection, busy=False)
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    def parse_request(self) -> bool:
        """Read the request's head."""
        self.server.mark(self.connection, busy=True)
        if not super().parse_request():
            return False
        chunked = "chunked" in self.headers.get("Transfer-Encoding", "").lower()
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()):
            self.send_error(400, "Content-Length is not a number")
            return False
        self.body = Body(self.rfile, length=0 if chunked else int(length), chunked=chunked)
        return True

    def reply(self, status: int, body: bytes, *, content_type: str, headers: Mapping[str, str]) -> None:
        """Answer with the whole of *body*."""
        self._send_head(status, content_type, {**headers, "Content-Length": str(len(body))})
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    @contextmanager
    def chunks(self, *, content_type: str, headers: Mapping[str, str]) -> Iterator[Callable[[bytes], None]]:
        """Answer in pieces, with what is given out."""
        self._send_head(200, content_type, {**headers, "Transfer-Encoding": "chunked"})
        yield self._send_chunk
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    @contextmanager
    def pieces(self, status: int, headers: Mapping[str, str]) -> Iterator[Callable[[bytes], object]]:
        """Answer in pieces, whose length *headers* tell, with what is given out; the client may go away meanwhile."""
        others = {name: value for name, value in headers.items() if name != "Content-Type"}
        self._send_head(status, headers["Content-Type"], others)
        yield self.wfile.write if self.command != "HEAD" else len
        self.wfile.flush()

    def _send_chunk(self, data: bytes) -> None:
        if data:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def _send_head(self, status: int, content_type: str, headers: Mapping[str, str]) -> None:
        # Unread bytes would be taken for the next request; and a client may read our answer only after its last byte.
        if not self.body.skip() or self.server.stopping:
            self.close_connection = True
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
