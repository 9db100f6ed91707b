"""Copies of files, handed out on the port where ClickHouse's clients ask, to whoever has a link."""

from invocation_otel.files.gateway import DamagedError, answer
from invocation_otel.files.setup import Files

from .connections import Handler

FILES = "/files/"
"""What the paths of links begin with."""

_NONE = b"No files are handed out here: INVOCATION_FILES is off, or INVOCATION_FILES_KEY or _GATEWAY is not set.\n"


def send_file(handler: Handler, files: Files | None, address: str) -> None:
    """Answer the request for *address*, a path with its query."""
    if files is None or files.storage is None or files.links is None:
        handler.reply(404, _NONE, content_type="text/plain; charset=utf-8", headers={})
        return
    path, _, query = address.partition("?")
    told = answer(files.storage, files.links, method=handler.command, path=path, query=query)
    with handler.pieces(told.status, told.headers) as send:
        try:
            for piece in told.pieces:
                send(piece)
        except (DamagedError, OSError):
            handler.close_connection = True  # too short: the client notices
