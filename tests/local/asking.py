"""Asking a ClickHouse HTTP interface as curl does."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def code(self) -> int:
        """ClickHouse's code of the error; 0 without one."""
        return int(self.headers.get("X-ClickHouse-Exception-Code", "0"))


def send(
    url: str, path: str = "/", *, method: str = "POST", body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Reply:
    """One request to the host of *url*, whose own path and credentials are left out."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        connection.request(method, path, body=body, headers=dict(headers or {}))
        response = connection.getresponse()
        return Reply(response.status, response.read(), dict(response.getheaders()))
    finally:
        connection.close()


def ask(
    url: str,
    statement: str | bytes,
    *,
    method: str = "POST",
    headers: Mapping[str, str] | None = None,
    **arguments: str,
) -> Reply:
    """Run *statement*, sent as the body."""
    body = statement.encode() if isinstance(statement, str) else statement
    return send(url, f"/?{urlencode(arguments)}", method=method, body=body, headers=headers)


def rows(url: str, statement: str) -> list[list[object]]:
    """The rows of a SELECT; an error fails the test."""
    reply = ask(url, f"{statement} FORMAT JSONCompactEachRow")
    assert reply.status == 200, reply.text
    return [json.loads(line) for line in reply.body.splitlines()]
