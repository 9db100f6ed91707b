"""The gateway as an ASGI application, for the user's own server: mounted, or alone."""

import asyncio
import os
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from invocation_otel.errors import SettingsError
from invocation_otel.settings import Settings

from .gateway import answer
from .links import Links, Target
from .setup import files_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def files_app(files: str | Path | None = None, *, tenant: Callable[[Scope], str | None] | None = None) -> App:
    """Hand out copies of files to whoever has a link, as an ASGI application to mount or to run alone.

    *files* is where they are kept (default ``INVOCATION_FILES``). *tenant* says whose copies a request may get, from
    its ASGI scope: nobody else's link then opens anything, and for ``None`` none does. Without it the link alone
    decides. Raises ``SettingsError`` when there is no storage, or no key to check links with.
    """
    chosen = files_of(Settings.from_env(os.environ), files)
    storage, links = chosen.storage, chosen.links
    if storage is None or links is None:
        raise SettingsError(
            "files_app() has no files to hand out: INVOCATION_FILES is off, or not a folder while INVOCATION_FILES_KEY "
            "or INVOCATION_FILES_GATEWAY is not set. Set them as for the process that records."
        )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        if scope["type"] != "http":
            return
        asked_by = tenant(scope) if tenant is not None else None
        told = await asyncio.to_thread(
            answer,
            storage,
            links,
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            tenant=asked_by if tenant is None else asked_by or "",
        )
        headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in told.headers.items()]
        await send({"type": "http.response.start", "status": told.status, "headers": headers})
        pieces = told.pieces if scope["method"] != "HEAD" else iter(())
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return app


def file_link(
    sha256: str, *, tenant: str, name: str, media_type: str = "application/octet-stream", expires_s: float = 300.0
) -> str:
    """A link to a copy that opens it for *expires_s* seconds: for pages of your own, from the columns of ``v_files``.

    Raises ``SettingsError`` when links cannot be made, as `files_app` does.
    """
    links: Links | None = files_of(Settings.from_env(os.environ)).links
    if links is None:
        raise SettingsError(
            "No link to a file can be made: set INVOCATION_FILES_KEY and INVOCATION_FILES_GATEWAY as for the process "
            "that records."
        )
    return links.link(Target(tenant=tenant, sha256=sha256, name=name, media_type=media_type), expires_s=expires_s)


async def _live(receive: Receive, send: Send) -> None:
    """Answer the server's question whether the application is ready to begin, and to end."""
    while True:
        told = (await receive())["type"]
        await send({"type": f"{told}.complete"})
        if told == "lifespan.shutdown":
            return
