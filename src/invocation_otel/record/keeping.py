"""What becomes of the files of a run: their hashes, and the copies that `configure` has somebody keep."""

import hashlib
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

from invocation_otel.spans.capture import Capture
from invocation_otel.spans.content import to_json
from invocation_otel.spans.inline import Blob, Keep

from .file import File
from .file_content import PIECE_BYTES, Stream
from .guard import agent_goes_on


class KeptFile:
    """One file of one run, and what is known of it by now."""

    def __init__(self, file: File, on_done: Callable[[], None]) -> None:
        self.file = file
        self.size_bytes = file.size_bytes
        self.sha256: str | None = None
        self.uri = file.uri
        self.mirrored = False
        self._on_done = on_done

    def done(self) -> None:
        """Say that nothing more will be known; once."""
        self._on_done()

    def to_json_object(self) -> dict[str, Any]:
        """The file as one object of the attribute ``invocation.files``."""
        return {
            "name": self.file.name,
            "media_type": self.file.media_type,
            "bytes": self.size_bytes,
            "sha256": self.sha256,
            "source": self.file.source,
            "uri": self.uri,
            "mirrored": self.mirrored,
        }


class KeptFiles:
    """The files of one run."""

    def __init__(self, files: Sequence[File]) -> None:
        self._lock = threading.Lock()
        self._pending = len(files)
        self._waiting: list[Callable[[], None]] = []
        self.files = [KeptFile(file, self._one_done) for file in files]

    def to_json(self) -> str:
        """What is known now, as the attribute ``invocation.files``."""
        return to_json([file.to_json_object() for file in self.files])

    @property
    def are_done(self) -> bool:
        """Whether all that can be known of them is known."""
        return not self._pending

    def when_done(self, action: Callable[[], None]) -> None:
        """Do *action* when all that can be known is known, which may be now."""
        with self._lock:
            if self._pending:
                self._waiting.append(action)
                return
        action()

    def _one_done(self) -> None:
        with self._lock:
            self._pending -= 1
            ready, self._waiting = (self._waiting, []) if not self._pending else ([], self._waiting)
        for action in ready:
            action()


class Keeper(Protocol):
    """Whoever keeps copies."""

    def keep(self, kept: KeptFile, *, tenant: str, copy: bool) -> None:
        """Hash the file and, with *copy*, keep one, later and elsewhere; say so on *kept*. Raises nothing."""

    def keep_inline(self, blob: Blob, *, tenant: str) -> dict[str, Any]:
        """Keep a copy of *blob*, which stands in a message, and give the part that stands there instead."""

    def flush(self, timeout_s: float) -> bool:
        """Wait until nothing waits to be copied; whether that was so in time."""

    def close(self) -> None:
        """Copy nothing any more; what waits is told as not copied."""


_keeper: Keeper | None = None


def inline_keeper(*, tenant: str, capture: Capture) -> Keep | None:
    """Who keeps the files in messages of *tenant*; ``None`` when these stay where they are, or nothing is kept."""
    return None if _keeper is None or capture != "full" else partial(_keeper.keep_inline, tenant=tenant)


def use_keeper(keeper: Keeper | None) -> None:
    """Have *keeper* keep copies from now on; ``None``: nobody does."""
    global _keeper
    before, _keeper = _keeper, keeper
    if before is not None:
        before.close()


def flush_copies(timeout_s: float) -> bool:
    """Wait for the copies that somebody is to keep; whether all were made in time."""
    return _keeper is None or _keeper.flush(timeout_s)


def keep_files(files: Sequence[File], *, tenant: str, capture: Capture) -> KeptFiles:
    """Begin to keep *files*: copies with the capture ``full``, hashes with ``metadata``, nothing with ``none``.

    Where nobody keeps any, they are hashed here and now.
    """
    kept = KeptFiles(files)
    for one in kept.files:
        if _keeper is not None and capture != "none":
            _keeper.keep(one, tenant=tenant, copy=capture == "full")
            continue
        with agent_goes_on("reading a file"):
            if capture != "none":
                identify(one)
        one.done()
    return kept


def identify(kept: KeptFile) -> None:
    """Say the size and the hash of a file, by reading it here."""
    if kept.file.content is not None:
        stream = kept.file.content.open()
        try:
            kept.size_bytes, kept.sha256 = measured(stream)
        finally:
            stream.close()


def measured(stream: Stream) -> tuple[int, str]:
    """Size in bytes and SHA-256 of what *stream* gives from where it stands."""
    size_bytes, digest = 0, hashlib.sha256()
    while piece := stream.read(PIECE_BYTES):
        size_bytes += len(piece)
        digest.update(piece)
    return size_bytes, digest.hexdigest()
