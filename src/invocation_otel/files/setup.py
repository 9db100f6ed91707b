"""Storage, links and limits, as the settings say."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from invocation_otel.errors import SettingsError
from invocation_otel.settings import Settings

from .folder import Folder
from .links import Links
from .mirror import Limits
from .remote import Remote
from .storage import Storage

OFF = "off"
DEFAULT_GATEWAY = "http://localhost:8123/files"
"""Where `invocation-otel serve` hands copies out, unless it was given another port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where copies are kept, under which links they are got, and which are made."""

    storage: Storage | None
    """``None``: copies are off."""

    links: Links | None
    """``None``: nobody hands copies out, so where they lie is recorded instead of a link."""

    limits: Limits


def files_of(settings: Settings, given: str | Path | None = None) -> Files:
    """What the settings say; *given*, a folder, a URL or ``off``, wins over their storage.

    A storage that is no folder has no key of its own: links need ``INVOCATION_FILES_KEY``, and an address of a gateway.
    Raises ``SettingsError`` or ``MissingExtraError`` for what cannot be used.
    """
    url = str(given) if given is not None else settings.files
    limits = Limits(max_bytes=settings.files_max_bytes)
    if url == OFF:
        return Files(storage=None, links=None, limits=limits)
    storage = open_storage(url)
    folder = storage if isinstance(storage, Folder) else None
    key = settings.files_key or folder
    gateway = settings.files_gateway or (DEFAULT_GATEWAY if folder else None)
    links = Links(gateway=gateway, key=key) if key is not None and gateway is not None else None
    return Files(storage=storage, links=links, limits=limits)


def open_storage(url: str) -> Storage:
    """The storage at *url*: a folder's path, ``file://``, or any URL that fsspec knows.

    Raises ``SettingsError`` for a URL that nobody knows, ``MissingExtraError`` when what reaches it is not installed.
    """
    scheme, is_url, _ = url.partition("://")
    path = url
    if is_url:
        if scheme != "file":
            return Remote(url)
        parts = urlsplit(url)
        if parts.netloc not in ("", "localhost"):
            raise SettingsError(f"The files' storage is {url!r}; a folder has three slashes: file:///some/folder.")
        path = unquote(parts.path)
    return Folder(Path(path).expanduser().absolute())
