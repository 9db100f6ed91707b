"""Finding the statement and its data in a request: each may stand in the URL or in the body."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from .compression import Source
from .engine import Engine
from .query_errors import QUERY_IS_TOO_LARGE, QueryError
from .statements import DataInsert, Token, data_insert, first_word

_LARGEST_STATEMENT_BYTES = 64 << 20
_LARGEST_DATA_BYTES = 4 << 30
_PIECE_BYTES = 1 << 16
# An INSERT ends where its data begins: mostly within the first bytes; only a very long one takes the second look.
_LOOKS_BYTES = (4 << 10, 256 << 10)


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A statement and its tokens; with `insert`, the data follows: first `data`, then the rest of the body."""

    statement: bytes
    tokens: Sequence[Token]
    insert: DataInsert | None = None
    data: bytes = b""


def incoming(engine: Engine, *, in_url: bytes, body: Source) -> Incoming:
    """The statement of a request; the body is read to its end, unless data follows."""
    head = in_url + b"\n" if in_url.strip() else b""
    for look in _LOOKS_BYTES:
        ended = False
        while len(head) < look and not ended:
            piece = body.read(look - len(head))
            head, ended = head + piece, not piece
        tokens = engine.tokens(head[:look])
        if insert := data_insert(head, tokens):
            of_statement = [token for token in tokens if token.start < insert.data_start]
            return Incoming(statement=head, tokens=of_statement, insert=insert, data=head[insert.data_start :])
        if len(head) <= look and ended:
            return Incoming(statement=head, tokens=tokens)
        if first_word(tokens) != "INSERT":
            break
    statement = head + _rest(body, limit=_LARGEST_STATEMENT_BYTES - len(head))
    return Incoming(statement=statement, tokens=engine.tokens(statement))


def _rest(body: Source, *, limit: int) -> bytes:
    pieces, left = [], limit
    while piece := body.read(_PIECE_BYTES):
        left -= len(piece)
        if left < 0:
            raise _too_large(
                f"The statement is larger than {_LARGEST_STATEMENT_BYTES} bytes. Send data as INSERT … FORMAT."
            )
        pieces.append(piece)
    return b"".join(pieces)


def keep(file: IO[bytes], first: bytes, body: Source) -> None:
    """Write *first* and the rest of *body* into *file*."""
    left = _LARGEST_DATA_BYTES - file.write(first)
    while piece := body.read(_PIECE_BYTES):
        left -= file.write(piece)
        if left < 0:
            raise _too_large(f"The data is larger than {_LARGEST_DATA_BYTES} bytes. Send it in several INSERTs.")


def _too_large(message: str) -> QueryError:
    return QueryError.of(QUERY_IS_TOO_LARGE, "QUERY_IS_TOO_LARGE", message)
