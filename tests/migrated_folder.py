"""Folders with an empty store that has its tables: copies of one, because to migrate takes seconds and to copy none."""

import atexit
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path


def migrated(folder: Path) -> Path:
    """*folder*, made when it is not there, with the files of an empty store in it."""
    return Path(shutil.copytree(_original(), folder, symlinks=True, dirs_exist_ok=True))


@cache
def _original() -> Path:
    """What `invocation-otel migrate` makes in a process of its own; a process can open only one store."""
    place = tempfile.TemporaryDirectory(prefix="migrated-")
    atexit.register(place.cleanup)
    folder = Path(place.name) / "store"
    command = [sys.executable, "-m", "invocation_otel", "migrate", "--url", folder.as_uri()]
    subprocess.run(command, check=True, capture_output=True)
    return folder
