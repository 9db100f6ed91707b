"""`invocation-otel serve`: both ports over one engine, started and stopped together."""

import errno
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import quote

from invocation_otel.errors import SettingsError, StoreError
from invocation_otel.files.setup import Files
from invocation_otel.store.client import open_store
from invocation_otel.store.location import DATABASE
from invocation_otel.store.migrate import migrate

from .access import USER, Access
from .clickhouse_http import ClickHouseServer
from .connections import Server
from .engine import Engine
from .holder import announce, withdraw
from .otlp_http import OtlpServer

_POLL_S = 0.05
_DRAIN_S = 2.0
_WILDCARDS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what to connect to instead

_AnyServer = TypeVar("_AnyServer", bound=Server)


class LocalServer:
    """OTLP in, ClickHouse's HTTP interface out, the engine's files in *folder*; one in a process at a time."""

    def __init__(
        self,
        folder: Path,
        *,
        host: str = "127.0.0.1",
        otlp_port: int = 4318,
        http_port: int = 8123,
        password: str | None = None,
        files: Files | None = None,
    ) -> None:
        self._folder = Path(folder).absolute()
        self._access = Access(host=host, password=password)
        self._files = files
        self._otlp_port = otlp_port
        self._http_port = http_port
        self._engine = Engine(self._folder)
        self._listening: list[Server] = []
        self._serving: list[Server] = []
        self._announced = False

    def start(self) -> None:
        """Listen, open the store, bring its schema up to date, and say in the folder that it is served."""
        self._access.check_settings()
        self._make_folder()
        # Listening comes first: a busy port is told before the engine has touched a file.
        try:
            self._http = self._listen(ClickHouseServer, self._http_port, "--http-port")
            self._otlp = self._listen(OtlpServer, self._otlp_port, "--otlp-port")
            self._engine.start()
            with open_store(self._folder.as_uri()) as store:
                migrate(store)
            self._http.prepare(self._files)
            self._serve(self._http)
            self._serve(self._otlp)
            announce(self._folder, self.http_url)
            self._announced = True
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Let the requests under way end, for two seconds at most, then close everything."""
        deadline = time.monotonic() + _DRAIN_S
        if self._announced:
            withdraw(self._folder)
            self._announced = False
        for server in self._serving:
            server.close_door()
        for server in self._listening:
            server.drain(deadline=deadline)
            server.server_close()
        self._listening, self._serving = [], []
        self._engine.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def otlp_url(self) -> str:
        """Where spans are sent: the value for OTEL_EXPORTER_OTLP_ENDPOINT."""
        return f"http://{self._address(self._otlp)}"

    @property
    def http_url(self) -> str:
        """The store's URL, password included: the value for INVOCATION_URL."""
        password = self._access.password
        return self._store_url(f"{USER}:{quote(password, safe='')}@" if password else "")

    @property
    def shown_url(self) -> str:
        """The store's URL as a terminal may show it."""
        return self._store_url(f"{USER}:…@" if self._access.password else "")

    def _store_url(self, user: str) -> str:
        return f"http://{user}{self._address(self._http)}/{DATABASE}"

    def _make_folder(self) -> None:
        try:
            # Prompts may hold secrets: others on this machine may not read them.
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"The store's folder {str(self._folder)!r} cannot be used: {error.strerror}. "
                "Choose one you may write to."
            ) from error

    def _listen(self, make: Callable[..., _AnyServer], port: int, option: str) -> _AnyServer:
        host = self._access.host
        try:
            server = make(host, port, access=self._access, engine=self._engine)
        except (OSError, OverflowError) as error:
            if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
                raise SettingsError(
                    f"Port {port} of {host} is in use by another program. End that program, or choose another port "
                    f"with {option}."
                ) from error
            raise SettingsError(
                f"Cannot listen on port {port} of {host!r} ({error}). Choose others with {option} and --host."
            ) from error
        self._listening.append(server)
        return server

    def _serve(self, server: Server) -> None:
        threading.Thread(target=server.serve_forever, args=(_POLL_S,), daemon=True).start()
        self._serving.append(server)

    def _address(self, server: Server) -> str:
        host = _WILDCARDS.get(self._access.host, self._access.host)
        return f"[{host}]:{server.server_port}" if ":" in host else f"{host}:{server.server_port}"


def serve(
    *, folder: Path, host: str, otlp_port: int, http_port: int, password: str | None, files: Files | None = None
) -> None:
    """Serve until SIGINT or SIGTERM."""
    with LocalServer(
        folder, host=host, otlp_port=otlp_port, http_port=http_port, password=password, files=files
    ) as server:
        wait_until_stopped(lambda: _print_addresses(folder, server))


def wait_until_stopped(say: Callable[[], None]) -> None:
    """*say* what is there, and wait for SIGINT or SIGTERM; one that comes meanwhile is heard."""
    # A list and no `threading.Event`: a handler runs wherever this thread is, and that can be inside the event's lock.
    asked: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: asked.append(number))
    say()
    while not asked:
        time.sleep(_POLL_S * 4)


def _print_addresses(folder: Path, server: LocalServer) -> None:
    sys.stdout.write(
        f"Serving {folder}\n"
        f"  spans in        {server.otlp_url}   (OTEL_EXPORTER_OTLP_ENDPOINT)\n"
        f"  ClickHouse out  {server.shown_url}   (INVOCATION_URL)\n"
        "Stop with Ctrl-C.\n"
    )
    sys.stdout.flush()
