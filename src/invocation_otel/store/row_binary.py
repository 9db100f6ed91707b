"""Rows of the landing table in ClickHouse's format RowBinary."""

import struct
from collections.abc import Iterable, Sequence

from .landing import Attributes, LandingRow

_ONE_BYTE = [bytes([number]) for number in range(0x80)]


def varint(number: int) -> bytes:
    """*number* in ClickHouse's variable length."""
    if number <= 0x7F:  # noqa: PLR2004 - seven bits a byte
        return _ONE_BYTE[number]
    out = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - seven bits a byte
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def text(value: str) -> bytes:
    """*value* with its length before it."""
    encoded = value.encode()
    return varint(len(encoded)) + encoded


def row_binary(rows: Iterable[LandingRow]) -> bytes:
    """*rows* in the format RowBinary, as the landing table's columns take them."""
    return b"".join(_row(row) for row in rows)


def _row(row: LandingRow) -> bytes:
    return b"".join(
        (
            struct.pack("<q", row.timestamp_ns),
            *map(text, row[1:8]),
            _map(row.resource_attributes),
            text(row.scope_name),
            text(row.scope_version),
            _map(row.span_attributes),
            struct.pack("<Q", row.duration_ns),
            text(row.status_code),
            text(row.status_message),
            _array([struct.pack("<q", moment) for moment in row.event_timestamps_ns]),
            _texts(row.event_names),
            _array([_map(attributes) for attributes in row.event_attributes]),
            _texts(row.link_trace_ids),
            _texts(row.link_span_ids),
            _texts(row.link_trace_states),
            _array([_map(attributes) for attributes in row.link_attributes]),
        )
    )


def _array(elements: Sequence[bytes]) -> bytes:
    return varint(len(elements)) + b"".join(elements)


def _texts(values: Iterable[str]) -> bytes:
    return _array([text(value) for value in values])


def _map(attributes: Attributes) -> bytes:
    return _array([text(key) + text(value) for key, value in attributes])
