"""Runs inside the requests of a real Django site, under a WSGI and under an ASGI server, and in its commands."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from otlp_endpoint import Endpoint, Received, endpoint
from processes import free_port, wait_until_it_listens

HERE = Path(__file__).parent
WSGI = """
import sys
from wsgiref.simple_server import make_server
from shop.web import wsgi
make_server("127.0.0.1", int(sys.argv[1]), wsgi).serve_forever()
"""
ASGI = """
import sys, uvicorn
uvicorn.run("shop.web:asgi", host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", lifespan="off")
"""
COMMAND = """
import shop.web
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "nightly"])
"""


@contextmanager
def site(server: str, folder: Path, endpoint: str) -> Iterator[str]:
    """The site's address."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", server, str(port)], cwd=HERE, env=environment(folder, endpoint))
    try:
        wait_until_it_listens(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def environment(folder: Path, endpoint: str) -> dict[str, str]:
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "shop.settings",
        "SHOP_DATABASE": str(folder / "shop.sqlite3"),
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "INVOCATION_SPOOL_FOLDER": str(folder / "spool"),
    }


def facts(run: Received) -> tuple[Any, ...]:
    told = run.attributes
    return told["gen_ai.agent.name"], told["invocation.tenant"], told["invocation.trigger"], told.get("user.id")


def all_facts(kept: Endpoint) -> set[tuple[Any, ...]]:
    return {facts(run) for run in kept.runs}


@pytest.mark.parametrize("server", [WSGI, ASGI], ids=["wsgi", "asgi"])
def test_every_run_of_a_request_has_its_user_and_tenant_until_the_body_has_ended(tmp_path: Path, server: str) -> None:
    agents = ["view", "part 0", "part 1", "async view", "async part 0", "async part 1"]
    with endpoint() as kept, site(server, tmp_path, kept.url) as url, httpx2.Client(base_url=url) as somebody:
        user = somebody.get("/log_in").text
        for path in ("answer", "streamed", "async_answer", "async_streamed"):
            assert somebody.get(f"/{path}", headers={"X-Site": "a"}).status_code == 200
        kept.wait_for(lambda kept: len(kept.runs) >= len(agents))
        assert all_facts(kept) == {(agent, "acme", "user", user) for agent in agents}

        assert "Vary" not in somebody.get("/plain").headers  # a page without a run may be cached for everybody

        kept.received.clear()
        for path in ("answer", "async_answer"):  # nobody knows who; nothing is left of the requests before
            httpx2.get(f"{url}/{path}")
        kept.wait_for(lambda kept: len(kept.runs) >= 2)
        assert all_facts(kept) == {("view", "default", "user", None), ("async view", "default", "user", None)}


def test_a_tenant_function_that_fails_breaks_no_request_and_gives_the_run_to_nobody_else(tmp_path: Path) -> None:
    with endpoint() as kept, site(WSGI, tmp_path, kept.url) as url:
        assert httpx2.get(f"{url}/answer", headers={"X-Site": "unheard of"}).text == "answered"
        kept.wait_for(lambda kept: bool(kept.runs))
        assert all_facts(kept) == {("view", "_rejected", "user", None)}


def test_a_request_continues_the_trace_of_who_asks(tmp_path: Path) -> None:
    trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    with endpoint() as kept, site(WSGI, tmp_path, kept.url) as url:
        httpx2.get(f"{url}/answer", headers={"traceparent": f"00-{trace}-{span}-01"})
        kept.wait_for(lambda kept: bool(kept.runs))
    assert [(run.trace_id, run.parent_span_id) for run in kept.runs] == [(trace, span)]


def test_a_management_command_runs_for_the_system(tmp_path: Path) -> None:
    with endpoint() as kept:
        subprocess.run([sys.executable, "-c", COMMAND], cwd=HERE, env=environment(tmp_path, kept.url), check=True)
    assert all_facts(kept) == {("nightly", "default", "system", None)}
