"""One file of the spool: batches one after the other, each with a header that tells whether it is whole.

A record is a mark, the number of spans and of the library's own among them, the length and a CRC-32, then the batch's
bytes. A record that was cut off by a
crash is noticed, and everything around it is read. A record that was delivered gets another mark, so that the next
process does not send it again. Whoever has a segment open holds a lock on it, which ends with the process.
"""

import fcntl
import logging
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from .batch import Batch

_HEADER = struct.Struct("<4sIIII")
_CHECKED = struct.Struct("<III")
_WAITING, _DONE = b"iotl", b"iotd"
_MARK_BYTES = len(_WAITING)
_WINDOW_BYTES = 1024 * 1024
DAMAGED = ".damaged"

_log = logging.getLogger("invocation_otel")


@dataclass(slots=True, eq=False)
class Segment:
    """An open segment, locked by this process."""

    path: Path
    descriptor: int
    own: bool
    """Whether this process wrote it."""

    waiting: dict[int, int] = field(default_factory=dict)
    """Offset -> spans that count of each record that is not delivered."""

    in_memory: set[int] = field(default_factory=set)
    """Offsets of those that somebody in this process has in hand."""

    size_bytes: int = 0
    damaged: bool = False
    released: bool = False

    @classmethod
    def create(cls, path: Path) -> Self:
        """A new segment at *path*, which only this user may read: prompts hold secrets."""
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Another process may have seen it before it was locked, and removed it for being empty.
            if os.fstat(descriptor).st_nlink:
                return cls(path, descriptor, own=True)
            os.close(descriptor)

    @classmethod
    def left_behind(cls, path: Path) -> Self | None:
        """The segment at *path*, when no living process holds it."""
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            return None  # delivered and removed by another process since it was listed, or another user's
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        if not os.fstat(descriptor).st_nlink:  # removed between opening and locking it
            os.close(descriptor)
            return None
        segment = cls(path, descriptor, own=False, size_bytes=os.fstat(descriptor).st_size)
        segment.waiting = dict(segment._whole_records())
        return segment

    def append(self, batch: Batch) -> int:
        """Write *batch* at the end, whole or not at all; its offset."""
        offset = self.size_bytes
        header = _HEADER.pack(_WAITING, batch.spans, batch.own, len(batch.body), _checksum(batch))
        record = memoryview(header + batch.body)
        written = 0
        try:
            while written < len(record):
                written += os.pwrite(self.descriptor, record[written:], offset + written)
        except OSError:
            os.ftruncate(self.descriptor, offset)
            raise
        self.size_bytes += len(record)
        self.waiting[offset] = batch.counted
        return offset

    def on_disk(self) -> Iterator[int]:
        """Offsets of the records that nobody has in hand."""
        return (offset for offset in self.waiting if offset not in self.in_memory)

    def has_on_disk(self) -> bool:
        """Whether there is any."""
        return next(self.on_disk(), None) is not None

    def batch_at(self, offset: int) -> Batch:
        """The batch of the record at *offset*."""
        _, spans, own, length, _ = _HEADER.unpack(os.pread(self.descriptor, _HEADER.size, offset))
        return Batch(spans, os.pread(self.descriptor, length, offset + _HEADER.size), own)

    def mark_done(self, offset: int) -> None:
        """Note, in the file too, that the record at *offset* needs nobody any more."""
        os.pwrite(self.descriptor, _DONE, offset)
        self.waiting.pop(offset, None)
        self.in_memory.discard(offset)

    def sync(self) -> None:
        """Have it put on the disk, its name in the folder included."""
        os.fsync(self.descriptor)
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def remove(self) -> None:
        """Let it go for good; what is damaged stays beside the others, for a person to look at."""
        with suppress(FileNotFoundError):  # somebody emptied the folder
            if self.damaged:
                self.path.rename(self.path.with_suffix(DAMAGED))
            else:
                self.path.unlink()
        self.release()

    def release(self) -> None:
        """Let another process have it."""
        if not self.released:
            # Closing alone would not do: a child that was forked in the wrong moment has the descriptor too.
            fcntl.flock(self.descriptor, fcntl.LOCK_UN)
            self.forget()

    def forget(self) -> None:
        """Close the file and touch nothing; a forked child does, since lock and file are its parent's."""
        if not self.released:
            self.released = True
            os.close(self.descriptor)

    def _whole_records(self) -> Iterator[tuple[int, int]]:
        offset = 0
        while offset < self.size_bytes:
            mark, length = self._header(offset)
            after = offset + _HEADER.size + length
            if mark == _DONE and after <= self.size_bytes:
                offset = after
            elif mark == _WAITING and after <= self.size_bytes and (batch := self._whole(offset)) is not None:
                yield offset, batch.counted
                offset = after
            else:
                if not self.damaged:
                    _log.warning("Spool segment %s is damaged after %d bytes; it is kept.", self.path, offset)
                self.damaged = True
                offset = self._next_mark(offset + 1)

    def _header(self, offset: int) -> tuple[bytes, int]:
        header = os.pread(self.descriptor, _HEADER.size, offset)
        mark, *_, length, _ = _HEADER.unpack(header.ljust(_HEADER.size, b"\0"))
        return mark, length

    def _whole(self, offset: int) -> Batch | None:
        *_, checksum = _HEADER.unpack(os.pread(self.descriptor, _HEADER.size, offset))
        batch = self.batch_at(offset)
        return batch if _checksum(batch) == checksum else None

    def _next_mark(self, offset: int) -> int:
        while window := os.pread(self.descriptor, _WINDOW_BYTES, offset):
            found = window.find(_WAITING)
            if found >= 0:
                return offset + found
            if len(window) < _MARK_BYTES:
                break
            offset += len(window) - _MARK_BYTES + 1
        return self.size_bytes


def _checksum(batch: Batch) -> int:
    return zlib.crc32(batch.body, zlib.crc32(_CHECKED.pack(batch.spans, batch.own, len(batch.body))))
