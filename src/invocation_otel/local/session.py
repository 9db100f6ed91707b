"""One connection to the engine, for one request."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any, NamedTuple

from .query_errors import QueryError

ONE_BLOCK = {
    "async_insert": "0",
    "input_format_parallel_parsing": "0",
    "max_insert_block_size": "100000000",
    "min_insert_block_size_rows": "100000000",
    "min_insert_block_size_bytes": "0",
}
"""Settings that make an INSERT one block: stored whole or not at all, and recognised when it is sent again."""


class Piece(NamedTuple):
    """A part of a result."""

    data: bytes
    rows: int


class Session:
    """One connection to the engine; every failure of a query is a QueryError."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def query(self, sql: str, output_format: str = "TabSeparated") -> Any:
        """Run *sql* and hold the whole result."""
        with _query_errors():
            return self._connection.query(sql, output_format)

    def text(self, sql: str) -> str:
        """The result of *sql* as it is printed, without the newline at its end."""
        printed: bytes = self.query(sql, "TSVRaw").bytes()
        return printed.decode().rstrip("\n")

    @contextmanager
    def stream(self, sql: str, output_format: str) -> Iterator[Iterator[Piece]]:
        """The result of the SELECT *sql* in pieces, as the engine finds them."""
        with _query_errors():
            stream = self._connection.send_query(sql, output_format)
        try:
            yield _pieces(stream)
        finally:
            stream.close()

    def configure(self, *, database: str, settings: Mapping[str, str]) -> None:
        """Choose the database and set *settings* (also ``param_…``) for this session."""
        assignments = ", ".join(f"{name} = {_quoted_text(value)}" for name, value in settings.items())
        self.query(f"USE {_quoted_name(database)};" + (f"SET {assignments};" if assignments else ""))

    def insert(self, head: str, *, settings: str, data_format: str, file: IO[bytes]) -> int:
        """Run ``INSERT … FORMAT`` with the bytes in *file*; the number of rows written."""
        file.flush()
        file.seek(0)
        # Not send_insert(): chDB 4.4.0 reports success there while errors of a view or a constraint vanish.
        source = f"FROM INFILE '/dev/fd/{file.fileno()}' COMPRESSION 'none'"
        rows: int = self.query(f"{head} {source} {settings} FORMAT {data_format}").rows_written()
        return rows


def _pieces(stream: Any) -> Iterator[Piece]:
    with _query_errors():
        for piece in stream:
            yield Piece(data=piece.bytes(), rows=piece.rows_read())


@contextmanager
def _query_errors() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise QueryError(str(error)) from error


def _quoted_text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _quoted_name(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
