"""Where the bytes of a file come from, when they are read later and on another thread."""

import inspect
import io
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, Protocol

from invocation_otel.errors import UsageError

PIECE_BYTES = 1 << 20
_IN_MEMORY_BYTES = 1 << 20  # a copy of a stream that is larger goes to a temporary file


class Stream(Protocol):
    """As much of a binary file as is needed to read it, and to read it again."""

    def read(self, size: int, /) -> bytes: ...
    def seek(self, position: int, /) -> int: ...
    def close(self) -> None: ...


class Content(Protocol):
    """The bytes of a file."""

    @property
    def at_once(self) -> bool:
        """Whether it is to be opened when the run starts, because the agent may remove or replace it."""

    @property
    def memory_bytes(self) -> int:
        """How much memory it holds until it has been read."""

    def open(self) -> Stream:
        """The bytes from their beginning. Raises ``OSError``, or what the storage behind it raises."""


@dataclass(frozen=True, slots=True)
class InMemory:
    """Bytes that nobody changes."""

    data: bytes
    at_once: bool = False

    @property
    def memory_bytes(self) -> int:
        return len(self.data)

    def open(self) -> Stream:
        return io.BytesIO(self.data)  # shares them


@dataclass(frozen=True, slots=True)
class AtPath:
    """A file of this machine. Open, it stays what it is when another one takes its place, or none."""

    path: Path
    at_once: bool = True
    memory_bytes: int = 0

    def open(self) -> Stream:
        return self.path.open("rb", buffering=0)


@dataclass(frozen=True, slots=True)
class Opened:
    """Whatever *opener* opens, such as a file in Django's storage: a handle of our own, apart from the agent's."""

    opener: Callable[[], Any]
    at_once: bool = False
    memory_bytes: int = 0

    def open(self) -> Stream:
        stream: Stream = self.opener()
        return stream


class Copied:
    """A copy of a stream, which its owner reads and closes as it likes: in memory, or a temporary file if it is large.

    Made where it is handed over, and the stream is left where it stood. Raises ``UsageError`` for a stream that cannot
    go back: reading it would take it from the agent.
    """

    at_once = False

    def __init__(self, stream: Any, name: str) -> None:
        try:
            position = stream.tell()
            stream.seek(0)
        except (AttributeError, OSError, ValueError) as error:
            raise UsageError(
                f"The stream of file {name!r} cannot be read twice ({error}); read it and hand over what it held with "
                "File.from_bytes."
            ) from None
        self._lock = threading.Lock()
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - closed as nobody has it any more
        weakref.finalize(self, self._file.close)
        try:
            while piece := stream.read(PIECE_BYTES):
                self._file.write(as_bytes(piece))
        finally:
            stream.seek(position)
        self.size_bytes = self._file.tell()

    @property
    def memory_bytes(self) -> int:
        return min(self.size_bytes, _IN_MEMORY_BYTES)

    def open(self) -> Stream:
        return _Reader(self.read_at)

    def read_at(self, position: int, size: int) -> bytes:
        """At most *size* bytes from *position* on; several runs may be reading at once."""
        with self._lock:
            self._file.seek(position)
            return self._file.read(size)


def as_bytes(piece: str | bytes) -> bytes:
    """What a stream gave, of text or of bytes, as bytes."""
    return piece.encode() if isinstance(piece, str) else piece


def gives_pieces(stream: Any) -> bool:
    """Whether *stream* can be asked for so many bytes, as streams can; built-in ones do not always tell."""
    try:
        inspect.signature(stream.read).bind(PIECE_BYTES)
    except TypeError:
        return False
    except ValueError:
        return True
    return True


class _Reader:
    """A stream of its own over a file that several share."""

    def __init__(self, read_at: Callable[[int, int], bytes]) -> None:
        self._read_at = read_at
        self._position = 0

    def read(self, size: int, /) -> bytes:
        piece = self._read_at(self._position, size)
        self._position += len(piece)
        return piece

    def seek(self, position: int, /) -> int:
        self._position = position
        return position

    def close(self) -> None:
        """Leave the file to the others."""
