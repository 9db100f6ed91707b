"""What a place for copies can do, and where in it a copy lies: its key is its tenant and its SHA-256."""

import re
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol
from urllib.parse import quote

from invocation_otel.record.file_content import PIECE_BYTES

_SHA256 = re.compile(r"[0-9a-f]{64}")
_LONGEST_TENANT = 100


class Storage(Protocol):
    """A place for copies. Each method raises whatever went wrong there."""

    url: str
    """Where it is, without credentials."""

    def size(self, key: str) -> int | None:
        """Bytes of the copy *key*; ``None`` when there is none."""

    def write(self, key: str, pieces: Iterator[bytes]) -> None:
        """Keep *pieces* as the copy *key*, all of them or, when they raise an error, nothing."""

    def read(self, key: str) -> Iterator[bytes]:
        """The copy *key*, piece by piece. Raises ``FileNotFoundError`` at once when there is none."""

    def keys(self, folder: str) -> list[str]:
        """What lies in *folder*, a tenant's, with copies that were never written to their end; often nothing."""

    def written_at(self, key: str) -> datetime:
        """When the copy *key* was written, with a time zone."""

    def remove(self, key: str) -> None:
        """Remove the copy *key*. Raises ``FileNotFoundError`` when there is none."""


def key_of(tenant: str, digest: str) -> str:
    """Where the bytes with the SHA-256 *digest* lie for *tenant*; ``ValueError`` when *digest* is none.

    Whatever a tenant is called, its folder is one folder, directly below the storage's own.
    """
    if not _SHA256.fullmatch(digest):
        raise ValueError(f"{digest!r} is no SHA-256: 64 lower-case hexadecimal digits were expected")
    return f"{folder_of(tenant)}/{digest[:2]}/{digest}"


def folder_of(tenant: str) -> str:
    """The folder in which all copies of *tenant* lie, and nothing else."""
    folder = quote(tenant, safe="").replace(".", "%2E")
    if len(folder) > _LONGEST_TENANT:
        folder = f"{folder[:32]}-{sha256(tenant.encode()).hexdigest()}"
    return folder


def pieces_of(file: Any) -> Iterator[bytes]:
    """The pieces of *file*, which is open."""

    def read() -> Iterator[bytes]:
        with file:
            while piece := file.read(PIECE_BYTES):
                yield piece

    return read()
