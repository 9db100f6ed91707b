"""How a query's result goes back: whole when it is small, in pieces when it is large, compressed as the client asks."""

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from .compression import Compressor, compressor_for
from .connections import Handler
from .frames import FrameCompressor
from .native import empty_block
from .query_errors import QueryError
from .session import Piece, Session
from .statements import Query

_BUFFER_BYTES = 1 << 20
_LARGEST_LATE_MESSAGE_BYTES = 16 << 10
_DEFAULT_FORMAT = "TabSeparated"
_SERVER_NAME = "invocation-otel"
# Pieces of a result, one behind the other, are a result in these formats only: the others have a head or a foot.
_FORMATS_IN_PIECES = frozenset(
    """CSV JSONCompactEachRow JSONEachRow Native RowBinary TSV TSVRaw TabSeparated
    TabSeparatedRaw""".split()  # noqa: SIM905 - easier to read
)
# The engine's Python layer would make Python objects of these.
_NO_FORMATS = frozenset({"arrowtable", "dataframe", "datastore"})
_BINARY = "application/octet-stream"
_CONTENT_TYPES = {
    "Arrow": _BINARY,
    "ArrowStream": _BINARY,
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "JSON": "application/json; charset=UTF-8",
    "JSONCompact": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "Native": _BINARY,
    "Parquet": _BINARY,
    "RowBinary": _BINARY,
    "TSV": "text/tab-separated-values; charset=UTF-8",
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A whole result."""

    body: bytes
    output_format: str
    read_rows: int = 0
    written_rows: int = 0


class Answering:
    """Answers one request of ClickHouse's HTTP interface."""

    def __init__(self, handler: Handler, arguments: Mapping[str, str], *, timezone: str) -> None:
        self._handler = handler
        self._arguments = arguments
        self._started_s = time.monotonic()
        self._names = {
            "X-ClickHouse-Query-Id": arguments.get("query_id") or str(uuid.uuid4()),
            "X-ClickHouse-Server-Display-Name": _SERVER_NAME,
            "X-ClickHouse-Timezone": timezone,
        }

    def query(self, session: Session, query: Query) -> None:
        """Run *query* and send its result."""
        output_format = query.output_format or self._wanted_format()
        if output_format.lower() in _NO_FORMATS:
            raise QueryError.of(73, "UNKNOWN_FORMAT", f"Unknown format {output_format}.")
        if query.streams and output_format in _FORMATS_IN_PIECES:
            self._in_pieces(session, query, output_format)
            return
        result = session.query(query.sql, output_format)
        body = result.bytes() or b""
        if not body and query.answers and output_format == "Native":
            body = empty_block(session, query)
        self.whole(
            Answer(body=body, output_format=output_format if query.answers else "", read_rows=result.rows_read())
        )

    def _wanted_format(self) -> str:
        header = self._handler.headers.get("X-ClickHouse-Format")
        return self._arguments.get("default_format") or header or _DEFAULT_FORMAT

    def _in_pieces(self, session: Session, query: Query, output_format: str) -> None:
        with session.stream(query.sql, output_format) as pieces:
            # An error among the first pieces still gets a status of its own.
            first = _first_pieces(pieces)
            body = b"".join(piece.data for piece in first)
            if len(body) >= _BUFFER_BYTES:
                self._stream(chain([body], (piece.data for piece in pieces)), output_format)
                return
        if not body and output_format == "Native":
            body = empty_block(session, query)
        self.whole(Answer(body=body, output_format=output_format, read_rows=sum(piece.rows for piece in first)))

    def whole(self, answer: Answer) -> None:
        """Send *answer* in one go."""
        encoding, compressor = self._compressor()
        body = answer.body
        if compressor and body:
            body = compressor.compress(body) + compressor.flush()
        headers = {**self._names, **_format_header(answer.output_format), "X-ClickHouse-Summary": self._summary(answer)}
        if encoding and body:
            headers["Content-Encoding"] = encoding
        self._handler.reply(200, body, content_type=_content_type(answer.output_format), headers=headers)

    def error(self, error: QueryError) -> None:
        """Send ClickHouse's own words about what went wrong."""
        headers = {**self._names, "X-ClickHouse-Exception-Code": str(error.code)}
        if error.http_status == 401:  # noqa: PLR2004 - HTTP's "who are you?"
            headers["WWW-Authenticate"] = f'Basic realm="{_SERVER_NAME}"'
        body = error.text.encode() + b"\n"
        if self._arguments.get("compress") == "1":
            body = FrameCompressor().compress(body)
        self._handler.reply(error.http_status, body, content_type="text/plain; charset=UTF-8", headers=headers)

    def _stream(self, pieces: Iterator[bytes], output_format: str) -> None:
        tag = uuid.uuid4().hex[:16]
        encoding, compressor = self._compressor()
        headers = {**self._names, **_format_header(output_format), "X-ClickHouse-Exception-Tag": tag}
        if encoding:
            headers["Content-Encoding"] = encoding
        with self._handler.chunks(content_type=_content_type(output_format), headers=headers) as send:
            try:
                for piece in pieces:
                    send(compressor.compress(piece) if compressor else piece)
            except QueryError as error:
                late = _late_message(error, tag)
                send(compressor.compress(late) if compressor else late)
                self._handler.close_connection = True
            if compressor:
                send(compressor.flush())

    def _compressor(self) -> tuple[str, Compressor | None]:
        if self._arguments.get("compress") == "1":
            return "", FrameCompressor()
        if self._arguments.get("enable_http_compression") == "1":
            return compressor_for(self._handler.headers.get("Accept-Encoding", "")) or ("", None)
        return "", None

    def _summary(self, answer: Answer) -> str:
        numbers = {
            "read_rows": answer.read_rows,
            "read_bytes": 0,
            "written_rows": answer.written_rows,
            "written_bytes": 0,
            "total_rows_to_read": 0,
            "result_rows": answer.read_rows,
            "result_bytes": len(answer.body),
            "elapsed_ns": round((time.monotonic() - self._started_s) * 1e9),
        }
        return json.dumps({name: str(number) for name, number in numbers.items()}, separators=(",", ":"))


def _format_header(output_format: str) -> dict[str, str]:
    return {"X-ClickHouse-Format": output_format} if output_format else {}


def _content_type(output_format: str) -> str:
    return _CONTENT_TYPES.get(output_format, "text/plain; charset=UTF-8")


def _first_pieces(pieces: Iterator[Piece]) -> list[Piece]:
    first: list[Piece] = []
    size = 0
    for piece in pieces:
        first.append(piece)
        size += len(piece.data)
        if size >= _BUFFER_BYTES:
            break
    return first


def _late_message(error: QueryError, tag: str) -> bytes:
    """What ClickHouse puts behind a result that broke off."""
    text = error.text.encode()[:_LARGEST_LATE_MESSAGE_BYTES] + b"\n"
    mark = tag.encode()
    return b"\r\n__exception__\r\n%b\r\n%b%d %b\r\n__exception__\r\n" % (mark, text, len(text), mark)
