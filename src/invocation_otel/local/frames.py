"""ClickHouse's own compressed frames: a checksum, the method, two sizes, the bytes."""

import struct

import lz4.block
import zstandard
from clickhouse_cityhash.cityhash import CityHash128

from .compression import Source
from .query_errors import QueryError

_HEAD = struct.Struct("<BII")
_CHECKSUM_BYTES = 16
_NONE, _LZ4, _ZSTD = 0x02, 0x82, 0x90
_FRAME_BYTES = 1 << 20
_LARGEST_FRAME_BYTES = 1 << 30
_64_BITS = (1 << 64) - 1


class FrameReader:
    """Reads what a client sends with ``decompress=1``."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def read(self, _size: int, /) -> bytes:
        """The content of one frame."""
        checksum = self._exactly(_CHECKSUM_BYTES, may_end=True)
        if not checksum:
            return b""
        head = self._exactly(_HEAD.size)
        method, compressed_bytes, plain_bytes = _HEAD.unpack(head)
        if compressed_bytes < _HEAD.size or max(compressed_bytes, plain_bytes) > _LARGEST_FRAME_BYTES:
            raise QueryError.of(39, "TOO_LARGE_SIZE_COMPRESSED", "A compressed frame states an impossible size.")
        body = self._exactly(compressed_bytes - _HEAD.size)
        if _checksum(head + body) != checksum:
            raise QueryError.of(40, "CHECKSUM_DOESNT_MATCH", "Checksum doesn't match: corrupted data.")
        return _plain(method, body, plain_bytes)

    def _exactly(self, size: int, *, may_end: bool = False) -> bytes:
        pieces, left = [], size
        while left:
            piece = self._source.read(left)
            if not piece:
                if may_end and left == size:
                    return b""
                raise QueryError.of(33, "CANNOT_READ_ALL_DATA", "Cannot read all data: a compressed frame is cut off.")
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)


class FrameCompressor:
    """Writes what a client expects with ``compress=1``, in LZ4."""

    def compress(self, data: bytes, /) -> bytes:
        """The frames of *data*."""
        return b"".join(_frame(data[start : start + _FRAME_BYTES]) for start in range(0, len(data), _FRAME_BYTES))

    def flush(self) -> bytes:
        """Nothing: frames need no end."""
        return b""


def _frame(plain: bytes) -> bytes:
    compressed: bytes = lz4.block.compress(plain, store_size=False)
    framed = _HEAD.pack(_LZ4, len(compressed) + _HEAD.size, len(plain)) + compressed
    return _checksum(framed) + framed


def _plain(method: int, body: bytes, plain_bytes: int) -> bytes:
    try:
        if method == _LZ4:
            return bytes(lz4.block.decompress(body, uncompressed_size=plain_bytes))
        if method == _ZSTD:
            return bytes(zstandard.ZstdDecompressor().decompress(body, max_output_size=plain_bytes))
    except (lz4.block.LZ4BlockError, zstandard.ZstdError) as error:
        raise QueryError.of(271, "CANNOT_DECOMPRESS", f"Cannot decompress: {error}.") from error
    if method == _NONE:
        return body
    raise QueryError.of(
        89, "UNKNOWN_COMPRESSION_METHOD", f"Unknown compression method {method:#x}; LZ4, ZSTD and NONE are known."
    )


def _checksum(framed: bytes) -> bytes:
    both: int = CityHash128(framed)
    return struct.pack("<QQ", both >> 64 & _64_BITS, both & _64_BITS)
