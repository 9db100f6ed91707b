"""One copy: written once for each tenant and content, tried again when the storage fails, and its link."""

import threading
import time
from collections.abc import Iterator
from hashlib import sha256

from invocation_otel.record.file_content import PIECE_BYTES, Stream
from invocation_otel.record.guard import agent_goes_on

from .links import Links, Target
from .names import safe_name
from .storage import Storage, key_of

_PAUSES_S = (0.5, 2.0)
"""Pauses before a copy that failed is tried again, unless the storage has failed lately anyway."""

_TROUBLED_S = 30.0
_KNOWN_S = 600.0
"""So long a copy is known to be there without asking the storage again: something may remove old ones."""

_MOST_KNOWN = 10_000


class NotCopiedError(Exception):
    """A file of which no copy is kept, and why."""


class Copier:
    """Makes copies in *storage*, and with *links* the links under which they are got; for any number of threads."""

    def __init__(self, storage: Storage, links: Links | None) -> None:
        self._storage, self._links = storage, links
        self._lock = threading.Lock()
        self._copying: dict[str, threading.Lock] = {}
        self._known: dict[str, float] = {}
        self._failed_at = -_TROUBLED_S

    def copy(self, stream: Stream, key: str, size_bytes: int) -> None:
        """Keep *stream* as the copy *key*, unless it is there already; whatever the storage raises in the end."""
        with self._lock:
            copying = self._copying.setdefault(key, threading.Lock())
        try:
            with copying:
                if not self.is_known(key):
                    self._write(stream, key, size_bytes)
                    self._note(key)
        finally:
            with self._lock:
                self._copying.pop(key, None)

    def is_known(self, key: str) -> bool:
        """Whether the copy *key* was there lately."""
        return time.monotonic() - self._known.get(key, -_KNOWN_S) < _KNOWN_S

    def uri(self, *, tenant: str, digest: str, name: str, media_type: str) -> str:
        """Where a viewer gets the copy: the gateway's link, or where it lies when there is no gateway."""
        if self._links is not None:
            with agent_goes_on("making a link to a file"):
                target = Target(tenant=tenant, sha256=digest, name=safe_name(name), media_type=media_type)
                return self._links.link(target)
        return f"{self._storage.url}/{key_of(tenant, digest)}"

    def _write(self, stream: Stream, key: str, size_bytes: int) -> None:
        """Write it, unless it is there already; several times, when the storage has been well and now fails."""
        pauses = list(_PAUSES_S) if time.monotonic() - self._failed_at >= _TROUBLED_S else []
        while True:
            try:
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

    def _note(self, key: str) -> None:
        with self._lock:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[key] = time.monotonic()


def _checked(stream: Stream, key: str) -> Iterator[bytes]:
    """The pieces of *stream*, read a second time; an error when they are not those whose hash is in *key*."""
    stream.seek(0)
    digest = sha256()
    while piece := stream.read(PIECE_BYTES):
        digest.update(piece)
        yield piece
    if digest.hexdigest() != key.rpartition("/")[2]:
        raise NotCopiedError("A file changed while it was copied: its first hash is recorded, a copy is not kept.")
