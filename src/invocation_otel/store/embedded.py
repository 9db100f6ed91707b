"""The embedded engine of a folder: whose it is right now, and opening it."""

import fcntl
import json
import os
import re
import time
from http.client import HTTPConnection, HTTPException
from importlib.util import find_spec
from pathlib import Path

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from invocation_otel.errors import MissingExtraError, SettingsError, StoreBusyError, StoreError

from .location import Server, parse_url

ENGINE_FOLDER = "clickhouse"
"""Where in the store's folder the engine keeps its files."""

SERVE_FILE = "serve.json"
"""Where in the store's folder `invocation-otel serve` says that it runs: ``{"url": …, "pid": …}``."""

_BUSY_PATIENCE_S = 5.0
_POLL_S = 0.1
_PING_TIMEOUT_S = 2.0


def open_folder(folder: Path) -> Client | Server:
    """A client of the engine in *folder*, or the server that holds it and is to be asked instead."""
    waited_for, patience_ends, is_second_try = None, 0.0, False
    while True:
        if server := _running_server(folder):
            return server
        holder = _holder_pid(folder / ENGINE_FOLDER)
        if holder is None:
            try:
                return _open_engine(folder)
            except StoreError:
                # Another process may have been faster by a moment, which the engine's error does not say, and may
                # have let go since.
                if is_second_try and _holder_pid(folder / ENGINE_FOLDER) is None:
                    raise
                is_second_try = True
        elif holder != waited_for:
            # Each holder has its own time: when many wait, one after the other has its turn.
            waited_for, patience_ends = holder, time.monotonic() + _BUSY_PATIENCE_S
        elif time.monotonic() >= patience_ends:
            raise StoreBusyError(
                f"The store in {str(folder)!r} is held by process {holder}, which has not let go for "
                f"{_BUSY_PATIENCE_S:g} s. Wait for it to end, or let all share one: start `invocation-otel serve`."
            )
        time.sleep(_POLL_S)


def _open_engine(folder: Path) -> Client:
    # Looked for first: the driver would advise an extra of its own.
    if find_spec("chdb") is None:
        raise MissingExtraError(
            f"The store in {str(folder)!r} needs the embedded engine. Run `pip install 'invocation-otel[local]'`, "
            "or set INVOCATION_URL to a ClickHouse server."
        )
    try:
        # Prompts may hold secrets: others on this machine may not read them.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return clickhouse_connect.get_client(
            interface="chdb", path=str(folder / ENGINE_FOLDER), tz_mode="aware", autogenerate_session_id=False
        )
    except OSError as error:
        raise StoreError(
            f"The store's folder {str(folder)!r} cannot be used: {error.strerror}. "
            "Choose a folder you may write to with INVOCATION_URL=file:///…."
        ) from error
    except ClickHouseError as error:
        raise StoreError(_engine_refusal(folder, str(error))) from error


def _engine_refusal(folder: Path, message: str) -> str:
    if other := re.search(r"already initialized with path '(.*?)'", message):
        return (
            f"This process already has the store in {str(Path(other[1]).parent)!r} open, so it cannot open the one in "
            f"{str(folder)!r}. Close the first, or use two processes."
        )
    return (
        f"The embedded engine did not start in {str(folder)!r}: {message}. "
        "What it printed above says why; with a damaged folder, move it away and start anew."
    )


def _holder_pid(engine_folder: Path) -> int | None:
    """The other process that holds the engine's files, if one does."""
    try:
        with (engine_folder / "status").open() as status:
            # The engine holds this lock as long as it runs; by itself it would tell only its stderr that it was held.
            fcntl.flock(status, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = _pid_in(engine_folder / "status")
        return None if pid == os.getpid() else pid
    except OSError:
        return None
    return None


def _pid_in(status: Path) -> int:
    found = re.search(r"PID: (\d+)", status.read_text())
    return int(found[1]) if found else 0


def _running_server(folder: Path) -> Server | None:
    """The server that says in *folder* that it runs, if it does."""
    try:
        said = json.loads((folder / SERVE_FILE).read_text())
        server, pid = parse_url(said["url"]), int(said["pid"])
    except (OSError, ValueError, KeyError, TypeError, SettingsError):
        return None
    # Our own process has the engine at hand; a dead one's port may belong to somebody else's server by now.
    if not isinstance(server, Server) or pid == os.getpid() or not _is_alive(pid):
        return None
    return server if _answers(server) else None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def _answers(server: Server) -> bool:
    connection = HTTPConnection(server.host, server.port, timeout=_PING_TIMEOUT_S)
    try:
        connection.request("GET", "/ping")
        return connection.getresponse().status == 200  # noqa: PLR2004 - HTTP's OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
