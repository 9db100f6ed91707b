"""Copies in a folder of this machine, or one that is mounted."""

import os
import secrets
import uuid
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from .storage import pieces_of


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
        return pieces_of((self.path / key).open("rb"))

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


def _raise_unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _created(path: Path) -> BinaryIO:
    """A new file that only its owner may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "wb")
