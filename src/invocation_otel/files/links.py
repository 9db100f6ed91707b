"""Links to copies: what is in one is signed, so that it opens one copy of one tenant, and nothing else.

A link that expires is for one's own application, which makes it when somebody asks. A link without a time is a
capability: whoever has it can read the copy. That is what is recorded, since Grafana cannot sign.
"""

import hmac
import time
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import parse_qs, quote, urlencode

from invocation_otel.errors import SettingsError

from .folder import Folder

_SHORTEST_KEY = 16
_VERSION = "invocation-file-1"


class LinkError(Exception):
    """A link that opens nothing. It says no more than that to whoever holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a link opens: the bytes with this SHA-256 of this tenant, under this name and media type."""

    tenant: str
    sha256: str
    name: str
    media_type: str


class Links:
    """Makes links below *gateway*, an address such as ``http://localhost:8123/files``, and reads them."""

    def __init__(self, *, gateway: str, key: str | Folder) -> None:
        """*key* is a text, or the folder that keeps one, which is made the first time that it is needed."""
        if isinstance(key, str) and len(key) < _SHORTEST_KEY:
            raise SettingsError(
                f"The key of the links to files has {len(key)} characters; expected at least {_SHORTEST_KEY}, such as "
                "those of `openssl rand -hex 32`. Set INVOCATION_FILES_KEY."
            )
        self._gateway = gateway.rstrip("/")
        self._key = key

    def link(self, target: Target, *, expires_s: float | None = None) -> str:
        """A link to *target*, good for *expires_s* seconds from now; for ever, as long as the key is, without."""
        told = {"tenant": target.tenant, "name": target.name, "type": target.media_type}
        if expires_s is not None:
            told["expires"] = str(int(time.time() + expires_s))
        told["sig"] = self._signature(target, told.get("expires", ""))
        return f"{self._gateway}/{target.sha256}?{urlencode(told, quote_via=quote)}"

    def opened(self, path: str, query: str, *, tenant: str | None = None) -> Target:
        """What the link with *path*, of which the last part counts, and *query* opens; ``LinkError`` if nothing.

        With *tenant* a link to anything of another one opens nothing either.
        """
        try:
            told = {name: values[0] for name, values in parse_qs(query, errors="strict", max_num_fields=8).items()}
        except ValueError as error:
            raise LinkError from error
        target = Target(
            tenant=told.get("tenant", ""),
            sha256=path.rpartition("/")[2],
            name=told.get("name", ""),
            media_type=told.get("type", ""),
        )
        expires = told.get("expires", "")
        good = hmac.compare_digest(self._signature(target, expires).encode(), told.get("sig", "").encode())
        if not good or tenant not in (None, target.tenant) or (expires and int(expires) < time.time()):
            raise LinkError
        return target

    def _signature(self, target: Target, expires: str) -> str:
        # Each part with its length: no two different links have the same text.
        parts = (_VERSION, target.tenant, target.sha256, target.name, target.media_type, expires)
        text = "".join(f"{len(part)}:{part}" for part in parts)
        key = self._key if isinstance(self._key, str) else self._key.secret()
        return hmac.new(key.encode(), text.encode(errors="surrogatepass"), sha256).hexdigest()
