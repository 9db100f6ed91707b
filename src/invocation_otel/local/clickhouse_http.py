"""ClickHouse's HTTP interface over the embedded engine."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from invocation_otel.files.setup import Files
from invocation_otel.store.location import DATABASE

from .access import Access
from .answers import Answer, Answering
from .compression import DecompressionError, Source, decoded
from .connections import Handler, Server
from .engine import Engine
from .files_http import FILES, send_file
from .frames import FrameReader
from .guard import STATEMENTS, Guard
from .intake import Incoming, incoming, keep
from .native import hello_block
from .query_errors import AUTHENTICATION_FAILED, SYNTAX_ERROR, QueryError, access_denied
from .session import ONE_BLOCK
from .statements import DataInsert, first_word, query

_SETTING_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
# Arguments of the URL that are for the HTTP layer and no settings of the engine.
_NOT_SETTINGS = frozenset(
    """add_http_cors_header buffer_size cancel_http_readonly_queries_on_client_close client_protocol_version compress
    close_session database decompress default_format enable_http_compression http_headers_progress_interval_ms
    http_zlib_compression_level password query query_id quota_key role send_progress_in_http_headers session_check
    session_id session_timeout stacktrace user wait_end_of_query""".split()  # noqa: SIM905 - easier to read
)
# clickhouse-go's first question.
_HELLO = re.compile(
    rb"\s*SELECT\s+displayName\(\)\s*,\s*version\(\)\s*,\s*revision\(\)\s*,\s*timezone\(\)\s*;?\s*", re.IGNORECASE
)
_GO_SETTINGS = {"output_format_native_use_flattened_dynamic_and_json_serialization": "1"}


class ClickHouseServer(Server):
    """The port on which ClickHouse's clients ask."""

    def __init__(self, host: str, port: int, *, access: Access, engine: Engine) -> None:
        super().__init__(host, port, handler=ClickHouseHandler, access=access)
        self.engine = engine

    def prepare(self, files: Files | None) -> None:
        """Get ready to serve, once the engine runs; *files* are those whose copies are handed out."""
        self.guard = Guard.of(self.engine)
        self.files = files


class ClickHouseHandler(Handler):
    """One client's connection."""

    server: ClickHouseServer

    def do_GET(self) -> None:  # noqa: N802 - the base class's name
        self._respond()

    def do_HEAD(self) -> None:  # noqa: N802 - the base class's name
        self._respond()

    def do_POST(self) -> None:  # noqa: N802 - the base class's name
        self._respond()

    def _respond(self) -> None:
        path, _, arguments = self.path.partition("?")
        self._arguments = dict(parse_qsl(arguments, keep_blank_values=True))
        self._answering = Answering(self, self._arguments, timezone=self.server.engine.timezone)
        try:
            self._route(path)
        except QueryError as error:
            self._answering.error(error)
        except DecompressionError as error:
            self._answering.error(QueryError.of(271, "CANNOT_DECOMPRESS", str(error)))
        except UnicodeDecodeError as error:
            self._answering.error(QueryError.of(SYNTAX_ERROR, "SYNTAX_ERROR", f"The statement is not UTF-8: {error}."))

    def _route(self, path: str) -> None:
        if path.startswith(FILES):  # a link that other pages show: it says itself what may be got with it
            send_file(self, self.server.files, self.path)
            return
        if reason := self.server.access.foreign_page(self.headers):
            raise access_denied(reason)
        if path == "/ping" or (path == "/" and self.command != "POST" and "query" not in self._arguments):
            self.reply(200, b"Ok.\n", content_type="text/html; charset=UTF-8", headers={})
        elif path != "/":
            text = f"There is no handle {path}. Ask at /?query=…, or POST the statement to /.\n"
            self.reply(404, text.encode(), content_type="text/plain; charset=UTF-8", headers={})
        elif not self.server.access.admits(self.headers, self._arguments):
            raise QueryError.of(
                AUTHENTICATION_FAILED,
                "AUTHENTICATION_FAILED",
                "Authentication failed: password is incorrect, or there is no user with such name.",
            )
        else:
            self._run()

    def _run(self) -> None:
        body = self._body()
        request = incoming(self.server.engine, in_url=self._arguments.get("query", "").encode(), body=body)
        if _HELLO.fullmatch(request.statement):
            return self._hello()
        word = first_word(request.tokens)
        if word and word not in STATEMENTS:
            self.server.engine.parse(request.statement)
        self.server.guard.check(request.tokens)
        if word in {"SET", "USE"} and "session_id" in self._arguments:
            raise QueryError.of(48, "NOT_IMPLEMENTED", "Sessions are not kept here: give settings with each request.")
        return self._insert(request, request.insert, body) if request.insert else self._query(request)

    def _body(self) -> Source:
        if self.headers.get_content_type() == "multipart/form-data":
            raise QueryError.of(48, "NOT_IMPLEMENTED", "Forms are not read here: send the statement as the body.")
        body = decoded(self.body, self.headers.get("Content-Encoding", ""))
        return FrameReader(body) if self._arguments.get("decompress") == "1" else body

    def _hello(self) -> None:
        engine = self.server.engine
        block = hello_block(name="invocation-otel", version=engine.version, timezone=engine.timezone)
        self._answering.whole(Answer(body=block, output_format="Native", read_rows=1))

    def _insert(self, request: Incoming, insert: DataInsert, body: Source) -> None:
        with self.server.engine.spool() as file:
            keep(file, request.data, body)
            with self.server.engine.session() as session:
                session.configure(database=self._database(), settings={**ONE_BLOCK, **self._settings()})
                written = session.insert(
                    insert.head, settings=insert.settings, data_format=insert.data_format, file=file
                )
        self._answering.whole(Answer(body=b"", output_format="", written_rows=written))

    def _query(self, request: Incoming) -> None:
        parsed = query(request.statement, request.tokens)
        with self.server.engine.session() as session:
            session.configure(database=self._database(), settings=self._settings())
            self._answering.query(session, parsed)

    def _database(self) -> str:
        return self._arguments.get("database") or self.headers.get("X-ClickHouse-Database") or DATABASE

    def _settings(self) -> Mapping[str, str]:
        asked = {name: value for name, value in self._arguments.items() if name not in _NOT_SETTINGS}
        for name in asked:
            if not _SETTING_NAME.fullmatch(name):
                raise QueryError.of(115, "UNKNOWN_SETTING", f"Unknown setting {name!r}.")
        # As ClickHouse has it: following a link must not change anything.
        reading = {} if self.command == "POST" else {"readonly": "2"}
        go = _GO_SETTINGS if "clickhouse-go" in self.headers.get("User-Agent", "") else {}
        return {**go, **asked, **reading}
