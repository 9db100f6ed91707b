"""What a store's URL says, checked before anything is opened."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from invocation_otel.errors import SettingsError

DATABASE = "invocation"
"""The database's name where the URL names none."""

_ACCEPTED = "http://user:password@host:8123/invocation, https://host:8443/invocation or file:///absolute/folder"
_DEFAULT_PORTS = {"http": 8123, "https": 8443}


@dataclass(frozen=True, kw_only=True)
class Server:
    """A ClickHouse server, or `invocation-otel serve`, which speaks its protocol."""

    scheme: str
    host: str
    port: int
    user: str
    password: str
    database: str

    @property
    def address(self) -> str:
        """The server without its password, as a message may show it."""
        return f"{self.scheme}://{self.host}:{self.port}"


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A folder that holds the embedded engine's files."""

    path: Path


def parse_url(url: str) -> Server | Folder:
    """The place *url* names, or SettingsError with the value and the accepted forms."""
    try:
        parts = urlsplit(url)
        if parts.query or parts.fragment:
            raise _refusal(url, "it has a part after '?' or '#'; write those characters as %3F and %23")
        return _folder(url, parts) if parts.scheme == "file" else _server(url, parts)
    except ValueError as error:
        raise _refusal(url, str(error)) from error


def _server(url: str, parts: SplitResult) -> Server:
    if parts.scheme not in _DEFAULT_PORTS:
        raise _refusal(url, f"its scheme is {parts.scheme!r}" if parts.scheme else "it has no scheme")
    if not parts.hostname:
        raise _refusal(url, "it names no host")
    database = unquote(parts.path).strip("/") or DATABASE
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", database):
        raise _refusal(url, f"its database {database!r} is not a plain name of letters, digits and underscores")
    return Server(
        scheme=parts.scheme,
        host=parts.hostname,
        port=parts.port or _DEFAULT_PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=database,
    )


def _folder(url: str, parts: SplitResult) -> Folder:
    path = Path(unquote(parts.path))
    if parts.netloc not in ("", "localhost") or not path.is_absolute():
        raise _refusal(url, "its folder is not absolute (three slashes: file:///…)")
    return Folder(path=path)


def _refusal(url: str, reason: str) -> SettingsError:
    shown = re.sub(r"(//[^/:@]*):.*@", r"\1:***@", url)
    return SettingsError(f"The store's URL is {shown!r}, but {reason}. Expected {_ACCEPTED}.")
