"""Where copies lie: a folder, or whatever fsspec reaches. A copy's key is its tenant and its SHA-256."""

import os
import re
import secrets
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import quote, unquote, urlsplit

from invocation_otel.errors import MissingExtraError, SettingsError

PIECE_BYTES = 1 << 20
"""How much is read, hashed, written or sent at a time."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_LONGEST_TENANT = 100
_BLOCK_BYTES = 8 << 20  # of object stores: s3fs would collect 50 MB before it sends anything


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


def open_storage(url: str) -> Storage:
    """The storage at *url*: a folder's path, ``file://``, or any URL that fsspec knows.

    Raises ``SettingsError`` for a URL that nobody knows, ``MissingExtraError`` when what reaches it is not installed.
    """
    scheme = urlsplit(url).scheme if "://" in url else "file"
    if scheme != "file":
        return _Remote(url, scheme)
    parts = urlsplit(url) if "://" in url else None
    if parts is not None and parts.netloc not in ("", "localhost"):
        raise SettingsError(f"The files' storage is {url!r}; a folder has three slashes: file:///some/folder.")
    return Folder(Path(unquote(parts.path) if parts else url).expanduser().absolute())


class Folder:
    """A folder of this machine, or one that is mounted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = path.as_uri()
        self._secret = ""

    def size(self, key: str) -> int | None:
        try:
            return (self.path / key).stat().st_size
        except FileNotFoundError:
            return None

    def write(self, key: str, pieces: Iterator[bytes]) -> None:
        target = self.path / key
        self._make(target.parent)
        partial = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
        try:
            with _created(partial) as file:
                for piece in pieces:
                    file.write(piece)
            partial.replace(target)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise

    def read(self, key: str) -> Iterator[bytes]:
        return _pieces((self.path / key).open("rb"))

    def keys(self, folder: str) -> list[str]:
        walked = os.walk(self.path / folder, onerror=_raise_unless_missing)
        return [(Path(at) / name).relative_to(self.path).as_posix() for at, _, names in walked for name in names]

    def written_at(self, key: str) -> datetime:
        return datetime.fromtimestamp((self.path / key).stat().st_mtime, UTC)

    def remove(self, key: str) -> None:
        path = self.path / key
        path.unlink()
        with suppress(OSError):  # they still hold others
            path.parent.rmdir()
            path.parent.parent.rmdir()

    def secret(self) -> str:
        """A key of this folder's own, the same for every process that uses it."""
        if not self._secret:
            file = self.path / ".key"
            if not file.exists():
                self._make(self.path)
                made = self.path / f".key.{uuid.uuid4().hex}"
                with _created(made) as writing:
                    writing.write(secrets.token_hex(32).encode())
                with suppress(FileExistsError):  # another process was faster: its key is the one
                    file.hardlink_to(made)
                made.unlink()
            self._secret = file.read_text()
        return self._secret

    def _make(self, folder: Path) -> None:
        """Make *folder* and what is missing above it, for their owner alone: files are nobody else's business."""
        if not folder.is_dir():
            self._make(folder.parent)
            folder.mkdir(mode=0o700, exist_ok=True)


class _Remote:
    """Any other place, reached through fsspec."""

    def __init__(self, url: str, scheme: str) -> None:
        try:
            from fsspec.core import url_to_fs  # noqa: PLC0415 - optional
        except ImportError:
            raise MissingExtraError(
                f"The files' storage {masked_url(url)!r} needs fsspec: pip install 'invocation-otel[files]'."
            ) from None
        try:
            self._fs, self._root = url_to_fs(url)
        except ImportError as error:
            raise MissingExtraError(f"The files' storage {masked_url(url)!r} needs more: {error}.") from error
        except ValueError as error:
            raise SettingsError(
                f"The files' storage is {masked_url(url)!r} ({error}); expected a folder, or a URL that fsspec knows "
                "such as s3://bucket/prefix."
            ) from error
        self._root = self._root.rstrip("/")
        self.url = masked_url(url).rstrip("/")
        self._scheme = scheme

    def size(self, key: str) -> int | None:
        try:
            return int(self._fs.info(f"{self._root}/{key}", refresh=True)["size"])
        except FileNotFoundError:
            return None

    def write(self, key: str, pieces: Iterator[bytes]) -> None:
        path = f"{self._root}/{key}"
        self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)  # nothing to do in object stores
        file: Any = self._fs.open(path, "wb", block_size=_BLOCK_BYTES)
        try:
            for piece in pieces:
                file.write(piece)
        except BaseException:
            with suppress(Exception):  # what went wrong first is told
                file.close()
                self._fs.rm_file(path)
            raise
        file.close()

    def read(self, key: str) -> Iterator[bytes]:
        return _pieces(self._fs.open(f"{self._root}/{key}", "rb", block_size=_BLOCK_BYTES, cache_type="readahead"))

    def keys(self, folder: str) -> list[str]:
        self._fs.invalidate_cache()
        return [path.removeprefix(f"{self._root}/") for path in self._fs.find(f"{self._root}/{folder}")]

    def written_at(self, key: str) -> datetime:
        found: datetime = self._fs.modified(f"{self._root}/{key}")
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def remove(self, key: str) -> None:
        self._fs.rm_file(f"{self._root}/{key}")


def masked_url(url: str) -> str:
    """*url* without the user and the password in it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.partition("://")[0] + "://…"
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _pieces(file: Any) -> Iterator[bytes]:
    """The pieces of *file*, which is open."""

    def read() -> Iterator[bytes]:
        with file:
            while piece := file.read(PIECE_BYTES):
                yield piece

    return read()


def _raise_unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _created(path: Path) -> BinaryIO:
    """A new file that only its owner may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb")
