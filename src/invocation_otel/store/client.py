"""One connection for both kinds of store: a ClickHouse server and the embedded engine."""

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self

import clickhouse_connect
import urllib3
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from invocation_otel.errors import StoreError

from .location import DATABASE, Server, parse_url

# Everything the driver logs it also raises; without a handler Python would print its warnings beside our message.
logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())

_NEXT_STEPS = {
    60: "Run `invocation-otel migrate`, which makes the tables.",
    81: "Run `invocation-otel migrate`, which makes the database.",
    192: "Check the user in INVOCATION_URL.",
    193: "Check the password in INVOCATION_URL.",
    194: "Put a password into INVOCATION_URL: http://user:password@host:8123/invocation.",
    701: "Name a cluster that `SELECT DISTINCT cluster FROM system.clusters` lists.",
    497: "Grant the user of INVOCATION_URL that right, or use another user.",
    516: "Check the user and the password in INVOCATION_URL.",
}


_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_DIRECT = urllib3.PoolManager()
"""For servers on this machine, which HTTP_PROXY is never meant for."""


class Store:
    """A connection to the database that keeps the runs; made by `open_store`, closed by ``with`` or `close`."""

    def __init__(self, client: Client, *, address: str, database: str) -> None:
        self._client = client
        self._address = address
        # Given after the driver has connected: its first questions would fail in a database still to be made.
        client.database = database
        self.database = database

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The answer to *sql*, one dictionary a row; `{name:Type}` in the text takes its value from *parameters*."""
        with _plain_errors(self._address):
            return list(self._client.query(sql, parameters=dict(parameters or {})).named_results())

    def run(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Run a statement that answers nothing."""
        with _plain_errors(self._address):
            self._client.command(sql, parameters=dict(parameters or {}))

    def insert(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Put *rows* into *table* as one block: all of them, or none and StoreError."""
        # Text that is no valid Unicode must reach the database as it is, to be judged there.
        block = b"\n".join(json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass") for row in rows)
        if block:
            with _plain_errors(self._address):
                self._client.raw_insert(table, insert_block=block, fmt="JSONEachRow")

    def insert_block(self, table: str, block: bytes, *, columns: Sequence[str], data_format: str) -> None:
        """Put *block*, rows in one of ClickHouse's formats, into *columns* of *table*: all of them, or StoreError."""
        if block:
            with _plain_errors(self._address):
                self._client.raw_insert(table, column_names=columns, insert_block=block, fmt=data_format)

    def create_database(self, *, cluster: str | None = None) -> None:
        """Make the database, on every node of *cluster* if one is named, if it is not there yet."""
        everywhere = f" ON CLUSTER {cluster}" if cluster else ""
        with _plain_errors(self._address):
            # Atomic by name: the engine's own default database is an Overlay, which refuses refreshable views.
            self._client.command(
                f"CREATE DATABASE IF NOT EXISTS {self.database}{everywhere} ENGINE = Atomic", use_database=False
            )

    def close(self) -> None:
        """Let go of the connection; the embedded engine stops with its last one."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_store(url: str) -> Store:
    """Connect to the store at *url*: ``http``, ``https`` to a ClickHouse server, ``file`` to a folder of our own."""
    place = parse_url(url)
    if isinstance(place, Server):
        return _connect(place)
    # Only here: its locks exist on the systems the embedded engine runs on, and on no other.
    from .embedded import open_folder  # noqa: PLC0415 - see the line above

    found = open_folder(place.path)
    if isinstance(found, Server):
        return _connect(found)
    return Store(found, address=str(place.path), database=DATABASE)


def _connect(server: Server) -> Store:
    with _plain_errors(server.address):
        client = clickhouse_connect.get_client(
            interface=server.scheme,
            host=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password,
            tz_mode="aware",
            pool_mgr=_DIRECT if server.host in _LOOPBACK else None,
            # With a session, two threads could not ask at the same time.
            autogenerate_session_id=False,
        )
    return Store(client, address=server.address, database=server.database)


@contextmanager
def _plain_errors(address: str) -> Iterator[None]:
    """Turn what the driver raises into StoreError, with ClickHouse's own code and words and a next step."""
    try:
        yield
    except (ClickHouseError, OSError) as error:
        raise StoreError(_explanation(error, address)) from error


def _explanation(error: Exception, address: str) -> str:
    message = str(error).partition(" (for url ")[0]
    if told := re.search(r"Code: (\d+)\..*", message, re.DOTALL):
        return " ".join([told[0].strip(), _NEXT_STEPS.get(int(told[1]), "")]).strip()
    if "NewConnectionError" in message or "NameResolutionError" in message:
        return f"Nothing answers at {address}. Start it with `invocation-otel serve`, or set INVOCATION_URL."
    return f"The store at {address} did not answer as ClickHouse would: {message}"
