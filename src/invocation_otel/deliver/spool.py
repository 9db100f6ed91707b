"""Batches on disk: for when the endpoint is down, the memory is full, or the process ends.

A folder of segments (`segment.py`), shared by any number of processes. A segment that nobody holds is an ended
process's, and whoever locks it first delivers it.
"""

import os
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .batch import Batch
from .segment import DAMAGED, Segment

WAITING = ".spans"
REFUSED = ".refused"
KINDS = (WAITING, REFUSED, DAMAGED)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the spool a batch stands."""

    segment: Segment
    offset: int


class SpoolError(Exception):
    """The spool cannot take a batch now; the message says why."""


class Spool:
    """The segments in *folder*: this process's own, and those that ended processes left.

    At most *max_bytes* in all: beyond it the oldest files go, and `on_evicted` is told how many spans were in each, and
    whether this process had put them there. A segment is closed when it reaches *segment_bytes*, and synced to the disk
    *fsync_s* seconds after it was written.
    """

    def __init__(
        self,
        folder: Path,
        *,
        max_bytes: int,
        fsync_s: float,
        segment_bytes: int = 8 * 1024 * 1024,
    ) -> None:
        self.folder = folder
        self._max_bytes, self._segment_bytes, self._fsync_s = max_bytes, segment_bytes, fsync_s
        self.on_evicted: Callable[[int, bool], None] = lambda _counted, _own: None
        self._reset()

    def _reset(self) -> None:
        self._lock = threading.RLock()
        self._open: Segment | None = None
        self._held: list[Segment] = []
        self._unsynced: list[Segment] = []
        self._synced_at = 0.0

    def append(self, batch: Batch, *, only_copy: bool) -> Place:
        """Write *batch*; it is in the file when this returns. Raises `SpoolError` when it cannot be.

        Without *only_copy* the caller has it in hand and says what became of it: `settle` or `let_go`.
        """
        with self._lock:
            try:
                self._make_room_for(len(batch.body))
                segment = self._segment_with_room(len(batch.body))
                offset = segment.append(batch)
            except OSError as error:
                raise SpoolError(f"{error.strerror} in {self.folder}") from error
            if not only_copy:
                segment.in_memory.add(offset)
            if segment not in self._unsynced:
                self._unsynced.append(segment)
            self.sync()
            return Place(segment, offset)

    def settle(self, place: Place) -> None:
        """Note that the batch at *place* needs nobody any more; a segment of which that is true throughout goes."""
        with self._lock:
            if not place.segment.released:
                place.segment.mark_done(place.offset)
                self._remove_if_done(place.segment)

    def let_go(self, place: Place) -> None:
        """Note that the caller has the batch at *place* no longer in hand: the disk has the only copy."""
        with self._lock:
            place.segment.in_memory.discard(place.offset)

    def next(self, *, others: bool, max_spans: int = 1, max_bytes: int = 0) -> tuple[list[Place], Batch] | None:
        """A batch of which the disk has the only copy: this process's or, with *others*, one that an ended one left.

        Or several as one, of at most so many spans and bytes. The caller has them in hand from here on.
        """
        with self._lock:
            segment = self._held_with_something_to_read() or (self._left_behind() if others else None)
            if segment is None:
                return None
            found: dict[int, Batch] = {}
            spans = size_bytes = 0
            for offset in segment.on_disk():
                batch = segment.batch_at(offset)
                spans, size_bytes = spans + batch.spans, size_bytes + len(batch.body)
                if found and (spans > max_spans or size_bytes > max_bytes):
                    break
                found[offset] = batch
            segment.in_memory.update(found)
            return [Place(segment, offset) for offset in found], Batch.joined(list(found.values()))

    def refuse(self, batch: Batch) -> None:
        """Keep *batch*, which the receiver will never take as it is, where only a person looks."""
        with self._lock:
            try:
                self._make_room_for(len(batch.body))
                segment = self._new_segment(REFUSED)
                try:
                    segment.append(batch)
                    segment.sync()
                finally:
                    segment.release()
            except OSError as error:
                raise SpoolError(f"{error.strerror} in {self.folder}") from error

    def paths(self, *kinds: str) -> list[Path]:
        """The files of *kinds* in the folder, oldest first."""
        try:
            return sorted(path for path in self.folder.iterdir() if path.suffix in kinds)
        except OSError:
            return []  # not there yet, or not ours to read; whoever writes is told

    def has_any(self) -> bool:
        """Whether anything waits in the folder, this process's or another's."""
        return bool(self.paths(WAITING))

    def sync(self) -> None:
        """Have what was written put on the disk, if the last time is long enough ago."""
        if self._unsynced and time.monotonic() - self._synced_at >= self._fsync_s:
            self._sync_now()

    def forget(self) -> None:
        """Let go of everything without touching it; a forked child does, since the files are its parent's."""
        for segment in self._segments():
            segment.forget()
        self._reset()

    def close(self) -> None:
        """Let go of every segment, so that another process can deliver them."""
        with self._lock:
            self._sync_now()
            for segment in self._segments():
                if segment.waiting:
                    segment.release()
                else:
                    segment.remove()
            self._open, self._held = None, []

    def _sync_now(self) -> None:
        with self._lock:
            unsynced, self._unsynced, self._synced_at = self._unsynced, [], time.monotonic()
            for segment in unsynced:
                if not segment.released:
                    with suppress(OSError):  # the folder was removed under us: nothing is left to be made durable
                        segment.sync()

    # ── segments ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _segments(self) -> list[Segment]:
        return self._held + ([self._open] if self._open is not None else [])

    def _segment_with_room(self, more_bytes: int) -> Segment:
        if (
            self._open is not None
            and self._open.size_bytes
            and self._open.size_bytes + more_bytes > self._segment_bytes
        ):
            self._close_open()
        if self._open is None:
            self._open = self._new_segment(WAITING)
        return self._open

    def _new_segment(self, kind: str) -> Segment:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Time first, so that names sort by age; the rest keeps names apart when the clock stands still or is set back.
        return Segment.create(self.folder / f"{time.time_ns():020d}-{os.getpid()}-{secrets.token_hex(4)}{kind}")

    def _close_open(self) -> None:
        segment, self._open = self._open, None
        if segment is not None:
            self._held.append(segment)
            self._remove_if_done(segment)

    def _remove_if_done(self, segment: Segment) -> None:
        if not segment.waiting and segment in self._held:
            self._held.remove(segment)
            segment.remove()

    def _held_with_something_to_read(self) -> Segment | None:
        if self._open is not None and (not self._open.waiting or self._open.has_on_disk()):
            self._close_open()
        return next((segment for segment in self._held if segment.has_on_disk()), None)

    def _left_behind(self) -> Segment | None:
        held = {segment.path for segment in self._segments()}
        for path in self.paths(WAITING):
            segment = Segment.left_behind(path) if path not in held else None
            if segment is not None:
                self._held.append(segment)
                self._remove_if_done(segment)
                if segment.waiting:
                    return segment
        return None

    # ── the cap ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _make_room_for(self, more_bytes: int) -> None:
        sizes = {path: _size_bytes(path) for path in self.paths(*KINDS)}
        total = sum(sizes.values())
        for path, size_bytes in sizes.items():
            if total + more_bytes <= self._max_bytes:
                return
            if self._evict(path):
                total -= size_bytes
        if total + more_bytes > self._max_bytes:
            raise SpoolError(f"{total} bytes of living processes are in {self.folder}, of {self._max_bytes} allowed")

    def _evict(self, path: Path) -> bool:
        """Remove the file at *path*, unless a living process or somebody in this one has it in hand."""
        segment = next((held for held in self._held if held.path == path), None) or Segment.left_behind(path)
        if segment is None or segment.in_memory:
            return False
        counted = sum(segment.waiting.values())
        segment.damaged = False
        segment.remove()
        if segment in self._held:
            self._held.remove(segment)
        if counted:
            self.on_evicted(counted, segment.own)
        return True


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0  # delivered and removed by another process since it was listed
