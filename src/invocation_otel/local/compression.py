"""The compressions that HTTP names, for requests and answers."""

import gzip
import io
import zlib
from collections.abc import Callable
from typing import Protocol

import lz4.frame
import zstandard


class Source(Protocol):
    """Something that gives bytes, never many more than asked for: no small body shall fill the memory."""

    def read(self, size: int, /) -> bytes:
        """Up to *size* bytes; none at the end."""
        ...


class Compressor(Protocol):
    """What `zlib.compressobj` makes."""

    def compress(self, data: bytes, /) -> bytes:
        """What can be sent after *data*."""
        ...

    def flush(self) -> bytes:
        """What is still to be sent at the end."""
        ...


class DecompressionError(ValueError):
    """The body is not compressed as it says."""


def decoded(source: io.RawIOBase, content_encoding: str) -> Source:
    """*source* without the compression that its Content-Encoding names."""
    name = content_encoding.strip().lower()
    if name in {"", "identity"}:
        return io.BufferedReader(source)
    if name not in _DECODERS:
        raise DecompressionError(f"The Content-Encoding {name!r} is not known; use gzip, deflate, zstd, lz4 or none.")
    return _Checked(_DECODERS[name](io.BufferedReader(source)))


class _Checked:
    """Tells every way in which compressed bytes can be wrong as one error."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def read(self, size: int, /) -> bytes:
        try:
            return self._source.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError, RuntimeError) as error:
            raise DecompressionError(f"The body is not compressed as its Content-Encoding says: {error}.") from error


class _Inflated:
    """Reads what HTTP calls deflate."""

    def __init__(self, source: io.BufferedReader) -> None:
        self._source = source
        self._zlib = zlib.decompressobj()

    def read(self, size: int, /) -> bytes:
        while not self._zlib.eof:
            compressed = self._zlib.unconsumed_tail or self._source.read(size)
            if not compressed:
                raise EOFError("it ends too early")
            if plain := self._zlib.decompress(compressed, size):
                return plain
        return b""


_DECODERS: dict[str, Callable[[io.BufferedReader], Source]] = {
    "gzip": lambda source: gzip.GzipFile(fileobj=source),
    "deflate": _Inflated,
    "zstd": lambda source: zstandard.ZstdDecompressor().stream_reader(source, read_across_frames=True),
    "lz4": lz4.frame.LZ4FrameFile,
}


class _Lz4Compressor:
    def __init__(self) -> None:
        self._lz4 = lz4.frame.LZ4FrameCompressor()
        self._head: bytes = self._lz4.begin()

    def compress(self, data: bytes, /) -> bytes:
        head, self._head = self._head, b""
        return head + bytes(self._lz4.compress(data))

    def flush(self) -> bytes:
        return self._head + bytes(self._lz4.flush())


_COMPRESSORS: dict[str, Callable[[], Compressor]] = {
    "lz4": _Lz4Compressor,
    "zstd": lambda: zstandard.ZstdCompressor().compressobj(),
    "gzip": lambda: zlib.compressobj(level=3, wbits=31),
    "deflate": lambda: zlib.compressobj(level=3),
}


def compressor_for(accept_encoding: str) -> tuple[str, Compressor] | None:
    """The first compression of *accept_encoding* that we have, with its name."""
    for accepted in accept_encoding.lower().split(","):
        name, _, weight = accepted.strip().partition(";")
        if name in _COMPRESSORS and weight.replace(" ", "") != "q=0":
            return name, _COMPRESSORS[name]()
    return None
