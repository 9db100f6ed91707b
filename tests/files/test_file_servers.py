"""The gateway behind real servers: uvicorn with FastAPI and alone, and `invocation-otel serve`."""

import http.client
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from fastapi import FastAPI
from file_recordings import KEY, digest, recording_files, run_with, told_files
from starlette.types import Scope

from invocation_otel import File, InvocationError, file_link, files_app
from invocation_otel.files.asgi import App
from invocation_otel.files.folder import Folder
from invocation_otel.files.links import Links, Target
from invocation_otel.files.storage import key_of
from migrated_folder import migrated
from processes import served


@contextmanager
def uvicorn_running(app: FastAPI | App) -> Iterator[int]:
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "uvicorn did not start"
            time.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


def got(port: int, link: str, **headers: str) -> tuple[int, str | None, bytes]:
    """Status, media type and body of what *port* answers to *link*."""
    parts = urlsplit(link)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}", headers=headers)
        answered = connection.getresponse()
        return answered.status, answered.getheader("Content-Type"), answered.read()
    finally:
        connection.close()


def link_of(tmp_path: Path, content: bytes, *, tenant: str = "acme") -> str:
    """The link that a run with a file of *content* records."""
    with recording_files(tmp_path / "files") as recording:
        run_with(File.from_bytes(content, name="a b.bin"), tenant=tenant)
        link: str = told_files(recording)[0]["uri"]
        return link


def test_a_recorded_link_works_where_the_application_is_mounted(tmp_path: Path) -> None:
    content = os.urandom(3 << 20)
    link = link_of(tmp_path, content)
    app = FastAPI()
    app.mount("/deep/files", files_app(tmp_path / "files"))
    with uvicorn_running(app) as port:
        mounted = link.replace("/files/", "/deep/files/")
        assert got(port, mounted) == (200, "application/octet-stream", content)
        assert got(port, mounted.replace("acme", "globex"))[0] == 404
        assert got(port, mounted.replace(digest(content), "..%2F.key"))[0] == 404
        assert got(port, mounted.replace(digest(content), "../.key"))[0] == 404


def test_it_runs_alone_too_and_knows_whose_copies_a_request_may_get(tmp_path: Path) -> None:
    link = link_of(tmp_path, b"content")

    def tenant(scope: Scope) -> str | None:
        return {name.decode(): value.decode() for name, value in scope["headers"]}.get("x-tenant")

    with uvicorn_running(files_app(tmp_path / "files", tenant=tenant)) as port:
        assert got(port, link, **{"X-Tenant": "acme"}) == (200, "application/octet-stream", b"content")
        assert got(port, link, **{"X-Tenant": "globex"})[0] == 404
        assert got(port, link)[0] == 404


def test_a_copy_that_turns_out_damaged_is_cut_off(tmp_path: Path) -> None:
    content = os.urandom(3 << 20)
    link = link_of(tmp_path, content)
    [copy] = (path for path in (tmp_path / "files").rglob(digest(content)))
    copy.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with uvicorn_running(files_app(tmp_path / "files")) as port, pytest.raises(http.client.IncompleteRead):
        got(port, link)


def test_an_application_makes_links_that_expire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link_of(tmp_path, b"content")
    monkeypatch.setenv("INVOCATION_FILES", str(tmp_path / "files"))
    with uvicorn_running(files_app()) as port:
        for expires_s, status in ((60, 200), (-1, 404)):
            link = file_link(digest(b"content"), tenant="acme", name="a.txt", expires_s=expires_s)
            assert got(port, link)[0] == status


def test_without_a_storage_there_is_nothing_to_hand_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOCATION_FILES", "off")
    with pytest.raises(InvocationError, match=r"files_app\(\) has no files to hand out: INVOCATION_FILES is off"):
        files_app()
    with pytest.raises(InvocationError, match=r"No link to a file can be made: set INVOCATION_FILES_KEY"):
        file_link("0" * 64, tenant="acme", name="a")


def test_serve_hands_copies_out_to_whoever_has_the_link_from_other_pages_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = os.urandom(3 << 20)
    link = link_of(tmp_path, content)
    monkeypatch.setenv("INVOCATION_FILES", str(tmp_path / "files"))
    damaged = Target(tenant="acme", sha256=digest(b"x" * (3 << 20)), name="a", media_type="text/html")
    folder = Folder(tmp_path / "files")
    folder.write(key_of("acme", damaged.sha256), iter([b"x" * (2 << 20), b"y" * (1 << 20)]))
    with served(migrated(tmp_path / "store"), password="a password") as server:
        port = urlsplit(server.http_url).port or 0
        from_grafana = {"Sec-Fetch-Site": "same-site", "Referer": "http://localhost:3000/"}
        assert got(port, link, **from_grafana) == (200, "application/octet-stream", content)
        assert got(port, link.replace("sig=", "sig=0"))[0] == 404
        assert got(port, "http://localhost/files/../../etc/passwd?x=1")[0] == 404
        with pytest.raises(http.client.IncompleteRead):
            got(port, Links(gateway="http://localhost/files", key=folder).link(damaged))
        assert got(port, "http://localhost/?query=SELECT%201")[0] == 401, "the rest still needs the password"


def test_serve_without_files_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOCATION_FILES", "off")
    link = Links(gateway="http://localhost/files", key=KEY).link(
        Target(tenant="acme", sha256="0" * 64, name="a", media_type="b")
    )
    with served(migrated(tmp_path / "store")) as server:
        status, _, told = got(urlsplit(server.http_url).port or 0, link)
    assert (status, told.decode().partition(":")[0]) == (404, "No files are handed out here")
