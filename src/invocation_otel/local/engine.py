"""The embedded ClickHouse engine: started once, then one fresh connection for each request."""

import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from threading import BoundedSemaphore
from typing import IO, Any

from invocation_otel.errors import SettingsError, StoreBusyError, StoreError
from invocation_otel.store.embedded import ENGINE_FOLDER
from invocation_otel.store.location import DATABASE

from .holder import holder_of
from .query_errors import TOO_MANY_SIMULTANEOUS_QUERIES, QueryError
from .session import Session
from .statements import Token

_CONFIG = Path(__file__).with_name("engine.xml")
_CONCURRENT_SESSIONS = 32
_PATIENCE_S = 60.0
_TOKEN = struct.Struct("<QQb")
_MEANINGLESS = frozenset({"Whitespace", "Comment"})


class Engine:
    """The engine over the files in one folder; only one process may hold them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._slots = BoundedSemaphore(_CONCURRENT_SESSIONS)
        self._root: Any = None
        self._token_kinds: dict[int, str] = {}
        self.version = self.timezone = ""

    def start(self) -> None:
        """Open the files; StoreBusyError when another process holds them."""
        if busy := holder_of(self._folder):
            raise StoreBusyError(busy)
        # Kept open: the engine stops with its last connection.
        self._root = self._open()
        self._settle(Session(self._root))

    def _open(self) -> Any:
        import chdb  # noqa: PLC0415 - only here, because loading the engine takes half a second

        try:
            return chdb.connect(f"{self._path}?config-file={_CONFIG}")  # type: ignore[no-untyped-call] # it has no types
        except RuntimeError as error:
            if busy := holder_of(self._folder):
                raise StoreBusyError(busy) from error
            raise StoreError(
                f"The embedded engine did not start in {str(self._folder)!r}: {error}. "
                "What it printed above says why; with a damaged folder, move it away and start anew."
            ) from error

    @property
    def _path(self) -> str:
        path = str(self._folder / ENGINE_FOLDER)
        if "?" in path:
            raise SettingsError(f"The store's folder is {path!r}, but '?' may not be in it. Choose another folder.")
        return path

    def _settle(self, session: Session) -> None:
        """Make sure of our grants, and learn what the engine is."""
        if "SOURCES" in session.text("SHOW GRANTS"):
            # Whoever opens the engine first in a process decides on its configuration.
            raise StoreBusyError(
                f"This process has the store in {str(self._folder)!r} open already, without the server's safeguards. "
                "Close it before the server starts, or use another process."
            )
        # Atomic by name: the engine's own default database is an Overlay that takes files for tables.
        session.query(f"CREATE DATABASE IF NOT EXISTS {DATABASE} ENGINE = Atomic")
        self.version = session.text("SELECT version()")
        self.timezone = session.text("SELECT timezone()")
        kinds = session.text("SELECT toTypeName(tokenizeQuery(''))")
        self._token_kinds = {int(number): name for name, number in re.findall(r"'(\w+)' = (\d+)", kinds)}

    @contextmanager
    def session(self, *, patience_s: float = _PATIENCE_S) -> Iterator[Session]:
        """A connection of its own for one request, so that its settings and database reach no other request."""
        if not self._slots.acquire(timeout=patience_s):
            raise QueryError.of(
                TOO_MANY_SIMULTANEOUS_QUERIES,
                "TOO_MANY_SIMULTANEOUS_QUERIES",
                f"Too many simultaneous queries: {_CONCURRENT_SESSIONS} are running. Try again.",
            )
        try:
            connection = self._open()
            try:
                yield Session(connection)
            finally:
                connection.close()
        finally:
            self._slots.release()

    def names(self, table: str) -> frozenset[str]:
        """The names in one of the engine's own lists (``table_functions``, ``table_engines``, …) in lower case."""
        with self.session() as session:
            return frozenset(session.text(f"SELECT lower(name) FROM system.{table}").split())  # noqa: S608 - our words

    def tokens(self, sql: bytes) -> list[Token]:
        """The tokens of *sql* that mean something, as the engine's own lexer finds them."""
        with self.session() as session:
            array: bytes = session.query(f"SELECT tokenizeQuery(unhex('{sql.hex()}'))", "RowBinary").bytes()
        elements = array[len(array) % _TOKEN.size or _TOKEN.size :]
        found = ((self._token_kinds[kind], start, end) for start, end, kind in _TOKEN.iter_unpack(elements))
        return [
            Token(kind=kind, text=sql[start:end], start=start, end=end)
            for kind, start, end in found
            if kind not in _MEANINGLESS
        ]

    def parse(self, sql: bytes) -> None:
        """QueryError, in the engine's own words, when *sql* is no statement."""
        with self.session() as session:
            session.query(f"SELECT formatQuery(unhex('{sql.hex()}'))")

    @contextmanager
    def spool(self) -> Iterator[IO[bytes]]:
        """A file for a request's body; it has no name, so that it is gone however the process ends."""
        with TemporaryFile(dir=self._folder) as file:
            yield file

    def close(self) -> None:
        """Stop the engine, if it runs."""
        if self._root is not None:
            self._root.close()
            self._root = None
