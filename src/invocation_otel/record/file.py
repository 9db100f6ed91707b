"""A file that is passed to a run: its name, media type, size, hash and where it came from."""

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from invocation_otel.errors import UsageError

_UNKNOWN = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What is recorded of one file; ``size_bytes`` and ``sha256`` are ``None`` for a URL, which is never fetched."""

    name: str
    media_type: str
    source: str
    size_bytes: int | None = None
    sha256: str | None = None
    uri: str = ""

    @classmethod
    def from_path(cls, path: str | Path, *, media_type: str | None = None) -> Self:
        """The file at *path*, hashed by reading it once."""
        path = Path(path)
        try:
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256")
                size_bytes = stream.tell()
        except OSError as error:
            raise UsageError(f"File {str(path)!r} cannot be read ({error.strerror}); check the path.") from None
        return cls(
            name=path.name,
            media_type=media_type or _guess(path.name),
            source="path",
            size_bytes=size_bytes,
            sha256=digest.hexdigest(),
            uri=path.resolve().as_uri(),
        )

    @classmethod
    def from_bytes(cls, content: bytes, *, name: str, media_type: str | None = None) -> Self:
        """*content*, which has no place of its own, under the name *name*."""
        return cls(
            name=name,
            media_type=media_type or _guess(name),
            source="bytes",
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )

    @classmethod
    def from_url(cls, url: str, *, media_type: str | None = None) -> Self:
        """The file behind *url*: recorded without its user and password, not fetched."""
        parts = urlsplit(url)
        if not parts.scheme or not parts.netloc:
            raise UsageError(f"File URL is {url!r}; expected one such as 'https://example.org/a.pdf'.")
        masked = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        name = parts.path.rpartition("/")[2] or parts.netloc
        return cls(name=name, media_type=media_type or _guess(name), source="url", uri=masked)

    def to_json_object(self) -> dict[str, Any]:
        """The file as one object of the attribute ``invocation.files``."""
        return {
            "name": self.name,
            "media_type": self.media_type,
            "bytes": self.size_bytes,
            "sha256": self.sha256,
            "source": self.source,
            "uri": self.uri,
            "mirrored": False,
        }


def _guess(name: str) -> str:
    return mimetypes.guess_type(name)[0] or _UNKNOWN
