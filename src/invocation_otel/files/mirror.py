"""Copies on their way: files are hashed and copied on threads of our own."""

import os
import threading
import weakref
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY  # the SDK's own processors use it the same way

from invocation_otel.record.file import File
from invocation_otel.record.file_content import Content, InMemory, Stream
from invocation_otel.record.guard import agent_goes_on
from invocation_otel.record.keeping import KeptFile, identify, measured
from invocation_otel.spans.inline import Blob, reference
from invocation_otel.spans.media_types import suffix_of

from .copier import Copier, NotCopiedError
from .links import Links
from .names import safe_name
from .storage import Storage, key_of

_THREADS = 4


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
    content: Content
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
        self._copier = Copier(self._storage, self._links) if self._storage is not None else None

    def keep(self, kept: KeptFile, *, tenant: str, copy: bool = True) -> None:
        """Hash the file and, with *copy*, keep one, on a thread of its own; say so on *kept*. Raises nothing."""
        content = kept.file.content
        if content is None:
            kept.done()
            return
        stream = None
        with suppress(OSError):  # where it cannot be opened now, the thread that reads it will say so
            stream = content.open() if content.at_once else None
        if not self._put(_Job(kept, content, tenant, copy, stream, content.memory_bytes)):
            with agent_goes_on("keeping a copy of a file"):
                identify(kept)
                raise NotCopiedError(f"More than {self._limits.memory_bytes} bytes wait for the files' storage.")
            kept.done()

    def keep_inline(self, blob: Blob, *, tenant: str) -> dict[str, Any]:
        """Keep a copy of *blob*, which stands in a message, and give the part that stands there instead."""
        digest = sha256(blob.data).hexdigest()
        name = safe_name(blob.name) or f"{digest[:12]}{suffix_of(blob.media_type)}"
        if self._copier is None:
            return reference(blob, sha256=digest, uri="")
        if not self._copier.is_known(key_of(tenant, digest)):
            file = File(name=name, media_type=blob.media_type, source="message", content=InMemory(blob.data))
            self.keep(KeptFile(file, lambda: None), tenant=tenant)
        uri = self._copier.uri(tenant=tenant, digest=digest, name=name, media_type=blob.media_type)
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
        kept = job.kept
        stream = job.stream or job.content.open()
        try:
            kept.size_bytes, kept.sha256 = size_bytes, digest = measured(stream)
            if job.copy and self._copier is not None:
                self._check_size(kept.file, size_bytes)
                self._copier.copy(stream, key_of(job.tenant, digest), size_bytes)
                kept.mirrored = True
                kept.uri = self._copier.uri(
                    tenant=job.tenant, digest=digest, name=kept.file.name, media_type=kept.file.media_type
                )
        finally:
            stream.close()

    def _check_size(self, file: File, size_bytes: int) -> None:
        if size_bytes > self._limits.max_bytes:
            raise NotCopiedError(
                f"File {file.name!r} has {size_bytes} bytes, and INVOCATION_FILES_MAX_BYTES is "
                f"{self._limits.max_bytes}: its size and hash are recorded, a copy is not kept."
            )


_mirrors: "weakref.WeakSet[Mirror]" = weakref.WeakSet()


def _after_fork() -> None:
    for mirror in list(_mirrors):
        mirror._start_over()  # noqa: SLF001 - what waited is its parent's to copy


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
