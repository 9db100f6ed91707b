"""Batches on disk: for when the endpoint is down, the memory is full, or the process ends.

A folder of segments, append-only files. Each is written by one process, which holds a lock on it as long as it lives; a
segment that nobody holds is an ended process's, and whoever locks it first delivers it. A record is a header (mark,
spans, length, CRC-32) and the batch's bytes, so that a record that was cut off by a crash is noticed and everything
before it is kept.
"""

import fcntl
import logging
import os
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .batch import Batch

_HEADER = struct.Struct("<4sIII")
_MARK = b"iotl"
_SEGMENT = ".spans"
_DAMAGED = ".damaged"
_REFUSED = ".refused"

_log = logging.getLogger("invocation_otel")


@dataclass(slots=True, eq=False)
class Segment:
    """One file of the spool, held by this process."""

    path: Path
    descriptor: int
    spans: int = 0
    """Spans written to it by this process."""

    delivered: int = 0
    """Of those, delivered from memory already."""

    to_replay: bool = False
    """Whether it holds spans that are nowhere else, and so has to be read and delivered."""

    size_bytes: int = 0
    synced_at: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.size_bytes = os.fstat(self.descriptor).st_size


class SpoolError(Exception):
    """The spool cannot take a batch now; the message says why."""


class Spool:
    """The segments in *folder*: this process's own, and those that ended processes left.

    At most *max_bytes* in all: beyond it the oldest segment goes, and its spans are counted as *evicted_spans*. A
    segment is closed when it reaches *segment_bytes*, and synced to the disk at most *fsync_s* seconds after it was
    written.
    """

    def __init__(self, folder: Path, *, max_bytes: int, fsync_s: float, segment_bytes: int = 8 * 1024 * 1024) -> None:
        self.folder = folder
        self.evicted_spans = 0
        self._max_bytes, self._segment_bytes, self._fsync_s = max_bytes, segment_bytes, fsync_s
        self._lock = threading.RLock()
        self._open: Segment | None = None
        self._closed: list[Segment] = []

    def append(self, batch: Batch, *, only_copy: bool) -> Segment:
        """Write *batch*; it is in the file when this returns. Raises `SpoolError` when it cannot be.

        With *only_copy* the segment is delivered by reading it (`claim`), else when all its spans are `delivered`.
        """
        record = _HEADER.pack(_MARK, batch.spans, len(batch.body), zlib.crc32(batch.body)) + batch.body
        with self._lock:
            try:
                segment = self._segment_with_room(len(record))
                _write_whole(segment, record)
            except OSError as error:
                raise SpoolError(f"{error.strerror} in {self.folder}") from error
            segment.spans += batch.spans
            segment.to_replay |= only_copy
            return segment

    def delivered(self, segment: Segment, spans: int) -> None:
        """Note that *spans* of *segment* were delivered from memory; a segment all of whose spans were is removed."""
        with self._lock:
            segment.delivered += spans
            if segment.delivered >= segment.spans and segment is not self._open:
                self._remove(segment)

    def sync(self) -> None:
        """Have what was written put on the disk, if the last time is long enough ago."""
        with self._lock:
            segment = self._open
            if segment is not None and time.monotonic() - segment.synced_at >= self._fsync_s:
                segment.synced_at = time.monotonic()
                os.fsync(segment.descriptor)

    def claim(self) -> Segment | None:
        """The oldest segment that has to be read: one of this process's, or one that an ended process left."""
        with self._lock:
            if self._open is not None and (self._open.to_replay or self._open.delivered >= self._open.spans):
                self._close_open()
            own = {segment.path: segment for segment in self._segments()}
            for path in self.paths():
                segment = own.get(path) or self._take_over(path)
                if segment is not None and segment.to_replay:
                    return segment
            return None

    def done(self, segment: Segment) -> None:
        """Remove *segment*: all of it was delivered."""
        with self._lock:
            self._remove(segment)

    def refuse(self, batch: Batch) -> None:
        """Keep *batch*, which the receiver will never take as it is, where only a person looks."""
        with self._lock:
            self._make_folder()
            path = self.folder / f"{time.time_ns():020d}-{os.getpid()}{_REFUSED}"
            path.write_bytes(_HEADER.pack(_MARK, batch.spans, len(batch.body), zlib.crc32(batch.body)) + batch.body)

    def paths(self, suffix: str = _SEGMENT) -> list[Path]:
        """The files of one kind in the folder, oldest first."""
        return sorted(self.folder.glob(f"*{suffix}")) if self.folder.is_dir() else []

    def forget(self) -> None:
        """Let go of everything without touching it; a forked child does, since the files are its parent's."""
        for segment in self._segments():
            os.close(segment.descriptor)
        self._lock, self._open, self._closed, self.evicted_spans = threading.RLock(), None, [], 0

    def close(self) -> None:
        """Let go of every segment, so that another process can deliver them."""
        with self._lock:
            if self._open is not None:
                os.fsync(self._open.descriptor)
            self.forget()

    def _segment_with_room(self, record_bytes: int) -> Segment:
        if self._open is not None and self._open.size_bytes + record_bytes > self._segment_bytes:
            self._close_open()
        if self._open is None:
            self._make_folder()
            self._evict(record_bytes)
            path = self.folder / f"{time.time_ns():020d}-{os.getpid()}{_SEGMENT}"
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            self._open = Segment(path, descriptor)
        return self._open

    def _close_open(self) -> None:
        segment, self._open = self._open, None
        if segment is not None:
            self._closed.append(segment)
            if not segment.to_replay and segment.delivered >= segment.spans:
                self._remove(segment)

    def _segments(self) -> list[Segment]:
        return self._closed + ([self._open] if self._open is not None else [])

    def _take_over(self, path: Path) -> Segment | None:
        segment = _locked(path)
        if segment is not None:
            segment.to_replay = True
            self._closed.append(segment)
        return segment

    def _evict(self, record_bytes: int) -> None:
        paths = self.paths()
        total = sum(path.stat().st_size for path in paths)
        own = {segment.path: segment for segment in self._closed}
        for path in paths:
            if total + record_bytes <= self._max_bytes:
                return
            segment = own.get(path) or self._take_over(path)
            if segment is not None:
                total -= segment.size_bytes
                self.evicted_spans += sum(batch.spans for batch in read(segment)) - segment.delivered
                self._remove(segment)

    def _remove(self, segment: Segment) -> None:
        segment.path.unlink(missing_ok=True)
        os.close(segment.descriptor)
        if segment is self._open:
            self._open = None
        elif segment in self._closed:
            self._closed.remove(segment)

    def _make_folder(self) -> None:
        # Prompts may hold secrets: others on this machine may not read them.
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def read(segment: Segment) -> Iterator[Batch]:
    """The batches of *segment*. A record that is cut off or damaged ends it; a copy is kept for a person to look at."""
    with open(segment.descriptor, "rb", closefd=False) as stream:
        stream.seek(0)
        while header := stream.read(_HEADER.size):
            body = b""
            if len(header) == _HEADER.size:
                mark, spans, length, checksum = _HEADER.unpack(header)
                body = stream.read(length) if mark == _MARK else b""
                if mark == _MARK and len(body) == length and zlib.crc32(body) == checksum:
                    yield Batch(spans, body)
                    continue
            _log.warning("Spool segment %s is damaged after %d bytes; a copy is kept.", segment.path, stream.tell())
            segment.path.with_suffix(_DAMAGED).write_bytes(segment.path.read_bytes())
            return


def _write_whole(segment: Segment, record: bytes) -> None:
    written = 0
    try:
        while written < len(record):
            written += os.write(segment.descriptor, record[written:])
    except OSError:
        os.ftruncate(segment.descriptor, segment.size_bytes)  # a record is there whole, or not at all
        raise
    segment.size_bytes += len(record)


def _locked(path: Path) -> Segment | None:
    """The segment at *path*, when no living process holds it."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
    except OSError:
        return None  # delivered and removed by another process since it was listed
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    if not path.exists():  # removed between opening and locking it
        os.close(descriptor)
        return None
    return Segment(path, descriptor)
