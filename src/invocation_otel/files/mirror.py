"""Copies on their way: files are hashed and copied on threads of our own, once for each tenant and content."""

import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY  # the SDK's own processors use it the same way

from invocation_otel.record.file import File
from invocation_otel.record.file_content import InMemory, Stream
from invocation_otel.record.guard import agent_goes_on
from invocation_otel.record.keeping import KeptFile, identify, measured
from invocation_otel.spans.inline import Blob, reference
from invocation_otel.spans.media_types import suffix_of

from .links import Links, Target
from .names import safe_name
from .storage import PIECE_BYTES, Storage, key_of

_THREADS = 4
_PAUSES_S = (0.5, 2.0)
"""Pauses before a copy that failed is tried again, unless the storage has failed lately anyway."""

_TROUBLED_S = 30.0
_KNOWN_S = 600.0
"""So long a copy is known to be there without asking the storage again: something may remove old ones."""

_MOST_KNOWN = 10_000


class NotCopiedError(Exception):
    """A file of which no copy is kept, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is copied, and how much may wait for it."""

    max_bytes: int = 5 << 30
    """Largest file that is copied; of a larger one size and hash are kept."""

    memory_bytes: int = 128 << 20
    """Bytes in memory that may wait for the storage; beyond it files are hashed by whoever hands them over."""


@dataclass(frozen=True, slots=True)
class _Job:
    kept: KeptFile
    tenant: str
    copy: bool
    stream: Stream | None
    """The file, when it had to be opened at once."""

    memory_bytes: int


class Mirror:
    """Keeps copies in *storage*; without one it hashes only. *links* makes the links under which copies are got."""

    def __init__(self, storage: Storage | None, links: Links | None, limits: Limits | None = None) -> None:
        self._storage, self._links, self._limits = storage, links, limits or Limits()
        self._start_over()
        _mirrors.add(self)

    def _start_over(self) -> None:
        self._jobs: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._idle = self._memory_bytes = 0
        self._closed = False
        self._known: dict[str, float] = {}
        self._copying: dict[str, threading.Lock] = {}
        self._failed_at = -_TROUBLED_S

    def keep(self, kept: KeptFile, *, tenant: str, copy: bool = True) -> None:
        """Hash the file and, with *copy*, keep one, on a thread of its own; say so on *kept*. Raises nothing."""
        content = kept.file.content
        if content is None:
            kept.done()
            return
        stream = None
        with suppress(OSError):  # where it cannot be opened now, the thread that reads it will say so
            stream = content.open() if content.at_once else None
        if not self._put(_Job(kept, tenant, copy, stream, content.memory_bytes)):
            with agent_goes_on("keeping a copy of a file"):
                identify(kept)
                raise NotCopiedError(f"More than {self._limits.memory_bytes} bytes wait for the files' storage.")
            kept.done()

    def keep_inline(self, blob: Blob, *, tenant: str) -> dict[str, Any]:
        """Keep a copy of *blob*, which stands in a message, and give the part that stands there instead."""
        digest = sha256(blob.data).hexdigest()
        name = safe_name(blob.name) or f"{digest[:12]}{suffix_of(blob.media_type)}"
        uri = self._uri(tenant, digest, name, blob.media_type) if self._storage else ""
        if self._storage is not None and not self._is_known(key_of(tenant, digest)):
            file = File(name=name, media_type=blob.media_type, source="message", content=InMemory(blob.data))
            self.keep(KeptFile(file, lambda: None), tenant=tenant)
        return reference(blob, sha256=digest, uri=uri)

    def flush(self, timeout_s: float) -> bool:
        """Wait until nothing waits; whether that was so in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._jobs and self._idle == len(self._threads), timeout_s)

    def close(self) -> None:
        """Copy nothing any more; what waits is counted as not copied."""
        with self._changed:
            self._closed = True
            left, self._jobs = self._jobs, deque()
            self._changed.notify_all()
        for job in left:
            with agent_goes_on("keeping a copy of a file"):
                raise NotCopiedError("The process ended while files waited for their storage.")
            job.kept.done()

    # ── the queue ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _put(self, job: _Job) -> bool:
        with self._changed:
            if self._closed or (
                self._memory_bytes and self._memory_bytes + job.memory_bytes > self._limits.memory_bytes
            ):
                return False
            self._jobs.append(job)
            self._memory_bytes += job.memory_bytes
            self._changed.notify()
            return self._idle >= len(self._jobs) or len(self._threads) >= _THREADS or self._started()

    def _started(self) -> bool:
        """Start one more thread; whether there is one at all. The lock is held."""
        thread = threading.Thread(target=self._work, name="invocation-otel-files", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no thread any more: the interpreter is ending
            if not self._threads:
                self._memory_bytes -= self._jobs.pop().memory_bytes
                return False
        else:
            self._threads.append(thread)
        return True

    def _work(self) -> None:
        otel_context.attach(otel_context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, value=True))
        while job := self._next():
            with agent_goes_on("keeping a copy of a file"):
                self._do(job)
            with agent_goes_on("telling what became of a file"):
                job.kept.done()
            with self._changed:
                self._memory_bytes -= job.memory_bytes

    def _next(self) -> _Job | None:
        with self._changed:
            self._idle += 1
            self._changed.notify_all()
            while not self._jobs and not self._closed:
                self._changed.wait()
            self._idle -= 1
            return self._jobs.popleft() if self._jobs else None

    # ── one file ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _do(self, job: _Job) -> None:
        kept, content = job.kept, job.kept.file.content
        assert content is not None  # noqa: S101 - what has none is done at once
        stream = job.stream or content.open()
        try:
            kept.size_bytes, kept.sha256 = measured(stream)
            if job.copy and self._storage is not None:
                self._copy(stream, kept, key_of(job.tenant, kept.sha256), kept.size_bytes)
                kept.mirrored = True
                kept.uri = self._uri(job.tenant, kept.sha256, kept.file.name, kept.file.media_type)
        finally:
            stream.close()

    def _copy(self, stream: Stream, kept: KeptFile, key: str, size_bytes: int) -> None:
        if size_bytes > self._limits.max_bytes:
            raise NotCopiedError(
                f"File {kept.file.name!r} has {size_bytes} bytes, and INVOCATION_FILES_MAX_BYTES is "
                f"{self._limits.max_bytes}: its size and hash are recorded, a copy is not kept."
            )
        with self._changed:
            lock = self._copying.setdefault(key, threading.Lock())
        with lock:
            if not self._is_known(key):
                self._write(stream, key, size_bytes)
                self._note(key)
        with self._changed:
            self._copying.pop(key, None)

    def _write(self, stream: Stream, key: str, size_bytes: int) -> None:
        """Write it, unless it is there already; several times, when the storage has been well and now fails."""
        pauses = list(_PAUSES_S) if time.monotonic() - self._failed_at >= _TROUBLED_S else []
        while True:
            try:
                assert self._storage is not None  # noqa: S101 - asked before
                if self._storage.size(key) != size_bytes:
                    self._storage.write(key, _checked(stream, key))
            except NotCopiedError:
                raise
            except Exception:
                if not pauses:
                    self._failed_at = time.monotonic()
                    raise
                time.sleep(pauses.pop(0))
            else:
                return

    def _is_known(self, key: str) -> bool:
        return time.monotonic() - self._known.get(key, -_KNOWN_S) < _KNOWN_S

    def _note(self, key: str) -> None:
        with self._changed:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[key] = time.monotonic()

    def _uri(self, tenant: str, digest: str, name: str, media_type: str) -> str:
        """Where a viewer gets it: the gateway's link, or where it lies when there is no gateway."""
        if self._links is not None:
            with agent_goes_on("making a link to a file"):
                target = Target(tenant=tenant, sha256=digest, name=safe_name(name), media_type=media_type)
                return self._links.link(target)
        return f"{self._storage.url}/{key_of(tenant, digest)}" if self._storage else ""


def _checked(stream: Stream, key: str) -> Iterator[bytes]:
    """The pieces of *stream*, read a second time; an error when they are not those whose hash is in *key*."""
    stream.seek(0)
    digest = sha256()
    while piece := stream.read(PIECE_BYTES):
        digest.update(piece)
        yield piece
    if digest.hexdigest() != key.rpartition("/")[2]:
        raise NotCopiedError("A file changed while it was copied: its first hash is recorded, a copy is not kept.")


_mirrors: "weakref.WeakSet[Mirror]" = weakref.WeakSet()


def _after_fork() -> None:
    for mirror in list(_mirrors):
        mirror._start_over()  # noqa: SLF001 - what waited is its parent's to copy


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
