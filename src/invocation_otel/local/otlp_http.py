"""The OTLP/HTTP receiver: rows of the landing table are committed first, then the sender is told."""

from threading import BoundedSemaphore

from invocation_otel.errors import UsageError
from invocation_otel.store.landing import LANDING_COLUMNS, LANDING_TABLE, landing_rows
from invocation_otel.store.location import DATABASE
from invocation_otel.store.row_binary import row_binary

from .access import Access
from .compression import DecompressionError, decoded
from .connections import Handler, Server
from .engine import Engine
from .otlp import JSON, PROTOBUF, MalformedError, accepted, refused, request_of
from .query_errors import QueryError
from .session import ONE_BLOCK

LARGEST_REQUEST_BYTES = 256 << 20
"""How large a request may be, decompressed; the Collector's configuration has the same number."""

_CONCURRENT_REQUESTS = 8
_PATIENCE_S = 10.0
_RETRY_AFTER_S = "2"
_PIECE_BYTES = 1 << 20
_INSERT = f"INSERT INTO {LANDING_TABLE} ({', '.join(f'`{column}`' for column in LANDING_COLUMNS)})"

# gRPC's numbers for what went wrong, which OTLP uses over HTTP too.
_INVALID_ARGUMENT, _PERMISSION_DENIED, _UNIMPLEMENTED, _UNAVAILABLE, _UNAUTHENTICATED = 3, 7, 12, 14, 16


class OtlpServer(Server):
    """The port that takes spans."""

    def __init__(self, host: str, port: int, *, access: Access, engine: Engine) -> None:
        super().__init__(host, port, handler=OtlpHandler, access=access)
        self.engine = engine
        self.slots = BoundedSemaphore(_CONCURRENT_REQUESTS)


class _RefusalError(Exception):
    """A request that is answered with something other than 200."""

    def __init__(self, status: int, code: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code


class OtlpHandler(Handler):
    """One sender's connection."""

    server: OtlpServer

    def do_GET(self) -> None:  # noqa: N802 - the base class's name
        """Say that the server is ready; everything else is for POST."""
        if self.path == "/health":
            self.reply(200, b'{"status":"ready"}', content_type=JSON, headers={})
        else:
            self.do_POST()

    def do_POST(self) -> None:  # noqa: N802 - the base class's name
        """Store the spans of one request, or say why not."""
        sent = self.headers.get_content_type()
        # A sender whose content type we do not speak gets something readable.
        spoken = sent if sent in {PROTOBUF, JSON} else JSON
        try:
            self._check(sent)
            self._receive(sent)
        except _RefusalError as refusal:
            body = refused(refusal.code, str(refusal), spoken)
            self.reply(refusal.status, body, content_type=spoken, headers=_HEADERS.get(refusal.status, {}))
        else:
            self.reply(200, accepted(spoken), content_type=spoken, headers={})

    def _check(self, content_type: str) -> None:
        path = self.path.partition("?")[0]
        if reason := self.server.access.foreign_page(self.headers):
            raise _RefusalError(403, _PERMISSION_DENIED, reason)
        if path != "/v1/traces":
            raise _RefusalError(404, _UNIMPLEMENTED, f"{path} is not served: traces only, with POST /v1/traces.")
        if self.command != "POST":
            raise _RefusalError(405, _UNIMPLEMENTED, f"{self.command} is not served: send spans with POST.")
        if not self.server.access.admits(self.headers, {}):
            raise _RefusalError(401, _UNAUTHENTICATED, _NOT_ADMITTED)
        if content_type not in {PROTOBUF, JSON}:
            text = f"The content type is {content_type!r}, but {PROTOBUF} or {JSON} was expected."
            raise _RefusalError(415, _INVALID_ARGUMENT, text)

    def _receive(self, content_type: str) -> None:
        if not self.server.slots.acquire(timeout=_PATIENCE_S):
            raise _RefusalError(503, _UNAVAILABLE, f"{_CONCURRENT_REQUESTS} requests are being stored. Try again.")
        try:
            if rows := self._rows(self._whole_body(), content_type):
                self._store(rows)
        finally:
            self.server.slots.release()

    def _whole_body(self) -> bytes:
        pieces, left = [], LARGEST_REQUEST_BYTES
        try:
            source = decoded(self.body, self.headers.get("Content-Encoding", ""))
            while piece := source.read(_PIECE_BYTES):
                left -= len(piece)
                if left < 0:
                    raise _RefusalError(413, _INVALID_ARGUMENT, _TOO_LARGE)
                pieces.append(piece)
        except DecompressionError as error:
            raise _RefusalError(400, _INVALID_ARGUMENT, str(error)) from error
        return b"".join(pieces)

    def _rows(self, body: bytes, content_type: str) -> bytes:
        try:
            return row_binary(landing_rows(request_of(body, content_type)))
        except (MalformedError, UsageError) as error:
            raise _RefusalError(400, _INVALID_ARGUMENT, str(error)) from error

    def _store(self, rows: bytes) -> None:
        try:
            with self.server.engine.spool() as file, self.server.engine.session(patience_s=_PATIENCE_S) as session:
                file.write(rows)
                session.configure(database=DATABASE, settings=ONE_BLOCK)
                session.insert(_INSERT, settings="", data_format="RowBinary", file=file)
        except QueryError as error:
            # The sender shall try again: whatever ails the engine, the spans are not to blame.
            raise _RefusalError(503, _UNAVAILABLE, error.text) from error


_TOO_LARGE = f"The body is larger than {LARGEST_REQUEST_BYTES} bytes. Send fewer spans in one request."
_NOT_ADMITTED = (
    "The user or the password is wrong. Send `Authorization: Basic …` for the user `default`, "
    "with OTEL_EXPORTER_OTLP_HEADERS=Authorization=Basic%20…"
)
_HEADERS = {
    401: {"WWW-Authenticate": 'Basic realm="invocation-otel"'},
    405: {"Allow": "POST"},
    503: {"Retry-After": _RETRY_AFTER_S},
}
