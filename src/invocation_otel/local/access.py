"""Who may talk to the server: whoever knows the password, and no web page in between."""

import binascii
import hmac
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from ipaddress import ip_address
from urllib.parse import urlsplit

from invocation_otel.errors import SettingsError

USER = "default"


@dataclass(frozen=True, kw_only=True)
class Access:
    """The rules of one server."""

    host: str
    password: str | None

    def check_settings(self) -> None:
        """Refuse to be reachable from elsewhere without a password."""
        if self.password is None and not is_loopback(self.host):
            raise SettingsError(
                f"The host is {self.host!r}, which other machines can reach, but no password is set. "
                "Set INVOCATION_PASSWORD, or listen on 127.0.0.1."
            )
        if self.password == "":
            raise SettingsError("INVOCATION_PASSWORD is empty. Give one, or unset it to listen on 127.0.0.1 only.")

    def foreign_page(self, headers: Message) -> str | None:
        """Why the request cannot come from a program of the user's own, if it cannot.

        A web page from anywhere can make the user's browser send requests to 127.0.0.1. Such a request names the page's
        origin; or, when the page's own name was pointed at 127.0.0.1 (DNS rebinding), it names that host.
        """
        authority = headers.get("Host", "")
        host = _host(authority)
        if is_loopback(self.host) and host and not is_loopback(host):
            return f"The Host header names {host!r}, but this server is reached as 127.0.0.1 or localhost only."
        origin = headers.get("Origin")
        if origin and origin.partition("://")[2] != authority:
            return f"Requests from web pages are refused, and this one comes from {origin!r}."
        if headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
            return "Requests from web pages are refused, and this one comes from another site."
        return None

    def admits(self, headers: Message, arguments: Mapping[str, str]) -> bool:
        """Whether the request's user and password are the server's."""
        user, password = credentials(headers, arguments)
        if user != USER:
            return False
        if self.password is None:
            return True
        # In constant time: how long a wrong guess takes must not tell how much of it was right.
        return hmac.compare_digest(password.encode(), self.password.encode())


def credentials(headers: Message, arguments: Mapping[str, str]) -> tuple[str, str]:
    """User and password, from the first place that ClickHouse's clients put them."""
    if "X-ClickHouse-User" in headers or "X-ClickHouse-Key" in headers:
        # The HTTP library took the bytes for Latin-1.
        return headers.get("X-ClickHouse-User", USER), _utf8(headers.get("X-ClickHouse-Key", ""))
    scheme, _, encoded = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return user or USER, password
    return arguments.get("user", USER), arguments.get("password", "")


def _utf8(text: str) -> str:
    return text.encode("latin-1", "replace").decode(errors="replace")


def _host(authority: str) -> str:
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return authority


def is_loopback(host: str) -> bool:
    """Whether *host* can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
