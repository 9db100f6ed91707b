"""Blocks of ClickHouse's format Native that the engine does not make for us: a hello, and a result without rows."""

import json
import struct

from invocation_otel.store.row_binary import text, varint

from .query_errors import QueryError
from .session import Session
from .statements import Query


def hello_block(*, name: str, version: str, timezone: str) -> bytes:
    """The answer to clickhouse-go's first question, in Native as of protocol 54460.

    Its ``revision()`` is 0: from then on the driver expects Native without revision, which is what the engine makes.
    """
    columns = (
        ("displayName()", "String", text(name)),
        ("version()", "String", text(version)),
        ("revision()", "UInt32", struct.pack("<I", 0)),
        ("timezone()", "String", text(timezone)),
    )
    block_info = b"\x01\x00\x02\xff\xff\xff\xff\x00"
    body = b"".join(text(title) + text(kind) + b"\x00" + value for title, kind, value in columns)
    return block_info + varint(len(columns)) + varint(1) + body


def empty_block(session: Session, query: Query) -> bytes:
    """A Native block with the columns of *query* and no rows, which the engine leaves out and drivers need."""
    columns = _columns(session, query)
    return varint(len(columns)) + varint(0) + b"".join(text(name) + text(kind) for name, kind in columns)


def _columns(session: Session, query: Query) -> list[tuple[str, str]]:
    if query.streams or query.word == "FROM":
        answer = session.query(f"DESCRIBE ({query.sql}\n)", "JSONCompactEachRow").bytes()
        return [tuple(json.loads(line)[:2]) for line in answer.splitlines()]
    try:
        answer = session.query(query.sql, "JSONCompact").bytes()
    except QueryError:
        return []
    return [(column["name"], column["type"]) for column in json.loads(answer)["meta"]]
