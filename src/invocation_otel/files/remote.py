"""Copies wherever fsspec reaches: object stores, mostly."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from invocation_otel.errors import MissingExtraError, SettingsError

from .storage import pieces_of

_BLOCK_BYTES = 8 << 20  # s3fs would collect 50 MB before it sends anything


class Remote:
    """Any place that fsspec reaches."""

    def __init__(self, url: str) -> None:
        try:
            from fsspec.core import url_to_fs  # noqa: PLC0415 - optional
        except ImportError:
            raise MissingExtraError(
                f"The files' storage {_masked(url)!r} needs fsspec: pip install 'invocation-otel[files]'."
            ) from None
        try:
            self._fs, self._root = url_to_fs(url)
        except ImportError as error:
            raise MissingExtraError(f"The files' storage {_masked(url)!r} needs more: {error}.") from error
        except ValueError as error:
            raise SettingsError(
                f"The files' storage is {_masked(url)!r} ({error}); expected a folder, or a URL that fsspec knows "
                "such as s3://bucket/prefix."
            ) from error
        self._root = self._root.rstrip("/")
        self.url = _masked(url).rstrip("/")

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
        return pieces_of(self._fs.open(f"{self._root}/{key}", "rb", block_size=_BLOCK_BYTES, cache_type="readahead"))

    def keys(self, folder: str) -> list[str]:
        self._fs.invalidate_cache()
        return [path.removeprefix(f"{self._root}/") for path in self._fs.find(f"{self._root}/{folder}")]

    def written_at(self, key: str) -> datetime:
        found: datetime = self._fs.modified(f"{self._root}/{key}")
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def remove(self, key: str) -> None:
        self._fs.rm_file(f"{self._root}/{key}")


def _masked(url: str) -> str:
    """*url* without the user and the password in it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.partition("://")[0] + "://…"
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
