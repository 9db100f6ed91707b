"""A file that is passed to a run: its name, media type, size and where it came from."""

import io
import os
import stat
from dataclasses import dataclass, field
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any, Self
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from invocation_otel.errors import UsageError
from invocation_otel.spans.media_types import SNIFFED_BYTES, media_type_of
from invocation_otel.spans.secret_names import is_secret_name

from .file_content import AtPath, Content, Copied, InMemory, Opened, as_bytes, gives_pieces

_MASKED = "masked"
_SHARED = "django.core.files.storage.memory"  # this storage gives everybody the same handle, with one position
_SIGNATURES = ("sig", "signature", "key", "code", "awsaccesskeyid", "keyid")


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file as it is handed to a run, which hashes it and keeps a copy of it, on a thread of its own.

    ``docs/files.md`` says when each kind is read. *size_bytes* is ``None`` where it is not known yet, and for a URL,
    which is never fetched.
    """

    name: str
    media_type: str
    source: str
    size_bytes: int | None = None
    uri: str = ""
    content: Content | None = field(default=None, repr=False, compare=False)
    """Its bytes; ``None`` for a URL."""

    @classmethod
    def from_path(cls, path: str | os.PathLike[str], *, media_type: str | None = None) -> Self:
        """The file at *path*. It is opened when its run starts: what happens at *path* afterwards changes nothing.

        Raises ``UsageError`` when nobody can read it.
        """
        path = Path(path)
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                raise UsageError(f"File {str(path)!r} is no regular file; give the path of one.")
            with path.open("rb", buffering=0) as stream:
                head = stream.read(SNIFFED_BYTES)
                size_bytes = os.fstat(stream.fileno()).st_size
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise UsageError(f"File {str(path)!r} cannot be read ({reason}); check the path.") from None
        return cls(
            name=path.name,
            media_type=media_type or media_type_of(path.name, head),
            source="path",
            size_bytes=size_bytes,
            uri=path.absolute().as_uri(),
            content=AtPath(path),
        )

    @classmethod
    def from_bytes(cls, content: bytes, *, name: str, media_type: str | None = None) -> Self:
        """*content*, which has no place of its own, under the name *name*."""
        content = bytes(content)  # a copy of what can be changed, such as a bytearray
        return cls(
            name=name,
            media_type=media_type or media_type_of(name, content[:SNIFFED_BYTES]),
            source="bytes",
            size_bytes=len(content),
            content=InMemory(content),
        )

    @classmethod
    def from_url(cls, url: str, *, media_type: str | None = None) -> Self:
        """The file behind *url*: recorded without its user, its password and what signs it, and never fetched."""
        try:
            parts = urlsplit(url)
        except ValueError:
            parts = SplitResult("", "", "", "", "")
        if not parts.scheme or not parts.netloc:
            raise UsageError(f"File URL is {url!r}; expected one such as 'https://example.org/a.pdf'.")
        name = parts.path.rpartition("/")[2] or parts.netloc.rpartition("@")[2]
        return cls(name=name, media_type=media_type or media_type_of(name), source="url", uri=_masked(parts))

    @classmethod
    def from_stream(cls, stream: Any, *, name: str | None = None, media_type: str | None = None) -> Self:
        """What *stream*, anything with ``read``, holds from its beginning; it is left where it stands.

        It is copied at once, since the agent reads and closes it. Uploads of Django, Flask and Starlette tell their
        name and media type. What has a ``read`` that takes no size is no stream: it gives the whole each time. Raises
        ``UsageError`` for a stream that cannot go back to its beginning.
        """
        told_name = getattr(stream, "filename", None) or getattr(stream, "name", None)
        name = name or (told_name if isinstance(told_name, str) and told_name else "unnamed")
        told_type = media_type or getattr(stream, "content_type", None)
        # Starlette's uploads are read by coroutines; the plain file is inside.
        plain = getattr(stream, "file", None) if iscoroutinefunction(stream.read) else stream
        if plain is None:
            raise UsageError(f"The stream of file {name!r} is read by coroutines; read it and use File.from_bytes.")
        content = Copied(plain if gives_pieces(plain) else io.BytesIO(as_bytes(plain.read())), name)
        return cls(
            name=name,
            media_type=told_type or media_type_of(name, content.read_at(0, SNIFFED_BYTES)),
            source="stream",
            size_bytes=content.size_bytes,
            content=content,
        )

    @classmethod
    def from_django(cls, file: Any, *, media_type: str | None = None) -> Self:
        """A Django ``FieldFile``, read from its storage with a handle of its own; or an uploaded file.

        Raises ``UsageError`` for a field without a file.
        """
        if not file:
            raise UsageError(f"The Django field holds {file!r}; check that a file is there before you pass it on.")
        storage = getattr(file, "storage", None)
        if storage is None or not getattr(file, "_committed", True):  # an upload, which is in no storage yet
            return cls.from_stream(file, media_type=media_type)
        name = os.path.basename(str(file.name))  # noqa: PTH119 - a storage's name, no path
        return cls(
            name=name,
            media_type=media_type or media_type_of(name),
            source="django",
            uri=f"django:{file.name}",
            content=_in_django(storage, file),
        )

    @classmethod
    def of(cls, value: Any) -> "File":
        """*value* as a file: one already, a path, a URL, a Django ``FieldFile``, or anything with ``read``.

        Raises ``UsageError`` for anything else, and whatever goes wrong while it is read.
        """
        try:
            return cls._of(value)
        except UsageError:
            raise
        except Exception as error:  # of the stream, or of the storage behind it
            raise UsageError(
                f"files holds {value!r:.200}, which cannot be read ({type(error).__name__}: {error}); read it and hand "
                "over what it held with File.from_bytes."
            ) from error

    @classmethod
    def _of(cls, value: Any) -> "File":
        if isinstance(value, File):
            return value
        if isinstance(value, str | os.PathLike):
            return cls.from_url(value) if isinstance(value, str) and "://" in value else cls.from_path(value)
        if hasattr(value, "storage") and hasattr(value, "name"):
            return cls.from_django(value)
        if callable(getattr(value, "read", None)):
            return cls.from_stream(value)
        raise UsageError(
            f"files holds {value!r:.200}; expected a path, a URL, a stream, a Django FieldFile, or "
            'File.from_bytes(…, name="…").'
        )


def _in_django(storage: Any, file: Any) -> Content:
    name = str(file.name)
    if type(storage).__module__ == _SHARED:
        return Copied(file, name)
    try:
        return AtPath(Path(storage.path(name)))
    except NotImplementedError:  # Django's way to say that a storage is no folder
        return Opened(lambda: storage.open(name, "rb"))


def _masked(parts: SplitResult) -> str:
    """The address without what gives access to it."""
    query = [
        (name, _MASKED if is_secret_name(name) or _signs(name) else value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    changed = any(value == _MASKED for _, value in query)
    return parts._replace(
        netloc=parts.netloc.rpartition("@")[2], query=urlencode(query) if changed else parts.query
    ).geturl()


def _signs(name: str) -> bool:
    """Whether the argument *name* is a presigned address's: of S3, Google's storage, Azure, or a function's key."""
    return name.lower().rpartition("-")[2] in _SIGNATURES
