"""The body of a request, read as it comes."""

import io
from typing import Any

_LEFTOVER_BYTES = 1 << 30


class Body(io.RawIOBase):
    """The body of one request, whichever way its length is told."""

    def __init__(self, source: io.BufferedIOBase, *, length: int, chunked: bool) -> None:
        self._source = source
        self._left = length
        self._chunked = chunked
        self.ended = not chunked and not length

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill *buffer* from the body; ConnectionError when the client breaks off."""
        if self._chunked and not self._left and not self.ended:
            self._next_chunk()
        if self.ended:
            return 0
        count = self._source.readinto1(memoryview(buffer)[: self._left])
        if not count:
            raise ConnectionError("the body was cut off")
        self._left -= count
        if not self._left:
            self._end_chunk()
        return count

    def _next_chunk(self) -> None:
        digits = self._source.readline(1024).split(b";")[0].strip()
        if not digits.isalnum():
            raise ConnectionError("the body was cut off")
        self._left = int(digits, 16)
        if not self._left:
            while self._source.readline(1 << 16).strip():
                pass
            self.ended = True

    def _end_chunk(self) -> None:
        if self._chunked:
            self._source.readline(8)
        else:
            self.ended = True

    def skip(self) -> bool:
        """Read what is left; whether the connection can be used again."""
        left = _LEFTOVER_BYTES
        while not self.ended and left > 0:
            left -= len(self.read(1 << 16))
        return self.ended
