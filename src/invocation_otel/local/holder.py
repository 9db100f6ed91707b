"""Who holds a store's folder right now, and the note in which a server says that it does."""

import fcntl
import json
import os
import re
from pathlib import Path

from invocation_otel.store.embedded import ENGINE_FOLDER, SERVE_FILE


def holder_of(folder: Path) -> str | None:
    """A sentence about the other process that holds the engine's files in *folder*, if one does."""
    status = folder / ENGINE_FOLDER / "status"
    try:
        with status.open() as file:
            # The engine keeps this lock as long as it runs.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _sentence(folder, status)
    except OSError:
        return None
    return None


def _sentence(folder: Path, status: Path) -> str | None:
    found = re.search(r"PID: (\d+)", status.read_text())
    pid = int(found[1]) if found else 0
    if pid == os.getpid():
        return None
    address = _served_address(folder)
    server = f", a server at {address}" if address else ""
    return (
        f"The store in {str(folder)!r} is held by process {pid}{server}. "
        "Use that server, end it, or serve another folder."
    )


def _served_address(folder: Path) -> str | None:
    try:
        url = json.loads((folder / SERVE_FILE).read_text())["url"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return re.sub(r"//[^/@]*@", "//", str(url))


def announce(folder: Path, url: str) -> None:
    """Say in *folder* that this process serves it at *url*; only its owner may read that: it has the password."""
    note = folder / SERVE_FILE
    draft = note.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"url": url, "pid": os.getpid()}, file)
    # In one step: a reader finds a whole note or none.
    draft.replace(note)


def withdraw(folder: Path) -> None:
    """Take the note away."""
    (folder / SERVE_FILE).unlink(missing_ok=True)
