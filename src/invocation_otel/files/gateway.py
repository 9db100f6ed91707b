"""The answer to a link: the copy, as a download that no browser shows or runs, checked while it is sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from urllib.parse import quote

from .links import LinkError, Links, Target
from .names import safe_name
from .storage import Storage, key_of

_PASSIVE = frozenset(
    {
        *("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/heic", "image/tiff"),
        *("audio/mpeg", "audio/wav", "audio/ogg", "audio/flac", "audio/mp4", "video/mp4", "video/x-msvideo"),
        *("application/pdf", "application/json", "application/zip", "application/gzip", "text/plain", "text/csv"),
    }
)
"""Types under which nothing runs. Everything else is sent as bytes that mean nothing: HTML, SVG, XML, scripts, …"""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}


class DamagedError(Exception):
    """A copy that is not what it was. What was sent of it is too short, so that whoever reads it notices."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer: *pieces* may raise, and then the connection is to be cut."""

    status: int
    headers: dict[str, str]
    pieces: Iterator[bytes]


def answer(storage: Storage, links: Links, *, method: str, path: str, query: str, tenant: str | None = None) -> Answer:
    """The answer to a request for *path*, of which the last part counts, and *query*.

    With *tenant* only that tenant's copies are handed out, whatever the link says.
    """
    if method not in ("GET", "HEAD"):
        return _refusal(405, "Copies of files can be read only.\n", Allow="GET, HEAD")
    try:
        return _download(storage, links.opened(path, query, tenant=tenant), whole=method == "GET")
    except (LinkError, ValueError):
        return _refusal(404, "This link opens nothing, or has expired.\n")
    except FileNotFoundError:
        return _refusal(404, "This file is no longer kept.\n")
    except DamagedError:
        return _refusal(502, "The copy of this file is damaged: its SHA-256 is another one.\n")


def _download(storage: Storage, target: Target, *, whole: bool) -> Answer:
    key = key_of(target.tenant, target.sha256)
    size_bytes = storage.size(key)
    if size_bytes is None:
        raise FileNotFoundError(key)
    pieces = _checked(storage.read(key), target.sha256) if whole else iter(())
    # The first piece is read here: of a file that has no other, damage is told before anything is sent.
    return Answer(200, _headers(target, size_bytes), chain([next(pieces, b"")], pieces))


def _refusal(status: int, text: str, **more: str) -> Answer:
    body = text.encode()
    headers = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body)), **_HEADERS, **more}
    return Answer(status, headers, iter([body]))


def _headers(target: Target, size_bytes: int) -> dict[str, str]:
    name = safe_name(target.name) or target.sha256
    plain = "".join(sign if sign.isascii() and sign not in '"\\%' else "_" for sign in name)
    media_type = target.media_type.partition(";")[0].strip().lower()
    return {
        "Content-Type": media_type if media_type in _PASSIVE else "application/octet-stream",
        "Content-Length": str(size_bytes),
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        **_HEADERS,
    }


def _checked(pieces: Iterator[bytes], expected: str) -> Iterator[bytes]:
    """*pieces*, the last of which comes only when all of them have the SHA-256 *expected*; else ``DamagedError``."""
    digest, last = sha256(), b""
    for piece in pieces:
        if last:
            yield last
        digest.update(piece)
        last = piece
    if digest.hexdigest() != expected:
        raise DamagedError(f"The copy of the file with SHA-256 {expected} has {digest.hexdigest()}.")
    yield last
