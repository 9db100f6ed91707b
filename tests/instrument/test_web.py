"""Runs inside the requests of real FastAPI and Flask applications, under real servers."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import flask
import httpx2
import pytest
import uvicorn
from fastapi import BackgroundTasks, FastAPI, WebSocket
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from opentelemetry.propagate import inject
from starlette.authentication import AuthCredentials, AuthenticationBackend, SimpleUser
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import HTTPConnection
from werkzeug.serving import make_server
from werkzeug.test import EnvironBuilder

from conftest import Recording
from invocation_otel import invocation, scope
from invocation_otel.errors import UsageError
from invocation_otel.instrument.asgi import InvocationMiddleware
from invocation_otel.instrument.flask import instrument_flask

Facts = tuple[str, str, str | None, str | None]


class HeaderUser(AuthenticationBackend):
    """Believes the header `X-User`."""

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, SimpleUser] | None:
        name = conn.headers.get("X-User")
        return (AuthCredentials(), SimpleUser(name)) if name else None


def run(agent: str) -> str:
    with invocation(agent):
        return agent


def fastapi(**options: Any) -> FastAPI:
    """An application with a run in each kind of endpoint."""
    app = FastAPI()
    app.add_middleware(AuthenticationMiddleware, backend=HeaderUser())
    app.add_middleware(InvocationMiddleware, **options)

    @app.get("/slow/{agent}")
    async def slow(agent: str) -> str:
        await asyncio.sleep(0.02)
        return run(agent)

    @app.get("/sync")
    def sync(later: BackgroundTasks) -> str:
        later.add_task(run, "after the response")
        return run("in a thread")

    @app.get("/streamed")
    async def streamed() -> StreamingResponse:
        async def parts() -> AsyncIterator[str]:
            for n in range(2):
                yield run(f"async part {n}")

        return StreamingResponse(parts())

    @app.get("/streamed_in_threads")
    async def streamed_in_threads() -> StreamingResponse:
        return StreamingResponse(run(f"part {n}") for n in range(2))

    @app.websocket("/socket")
    async def socket(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text(run("socket"))
        await socket.close()

    return app


@contextmanager
def uvicorn_of(app: FastAPI) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def werkzeug_of(app: flask.Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def facts(recording: Recording) -> set[Facts]:
    names = ("gen_ai.agent.name", "invocation.trigger", "invocation.tenant", "user.id")
    return {tuple(run.get(name) for name in names) for run in recording.of("invoke_agent")}  # type: ignore[misc]


def test_every_run_of_a_fastapi_request_has_its_user_and_tenant_until_the_body_has_ended(recording: Recording) -> None:
    with uvicorn_of(fastapi(tenant_header="X-Tenant")) as url:
        asked = httpx2.Client(base_url=url, headers={"X-Tenant": "acme", "X-User": "42"})
        with asked:
            for path in ("/slow/one", "/sync", "/streamed", "/streamed_in_threads"):
                assert asked.get(path).status_code == 200
    agents = ["one", "in a thread", "after the response", "async part 0", "async part 1", "part 0", "part 1"]
    assert facts(recording) == {(agent, "user", "acme", "42") for agent in agents}
    run("outside")
    assert ("outside", "system", "default", None) in facts(recording)


def test_requests_at_the_same_time_do_not_get_each_others_facts(recording: Recording) -> None:
    async def ask_all(url: str) -> None:
        async with httpx2.AsyncClient(base_url=url) as client:
            headers = [{"X-Tenant": f"t{n}", "X-User": f"u{n}"} if n % 3 else {} for n in range(60)]
            asked = [client.get(f"/slow/a{n}", headers=said) for n, said in enumerate(headers)]
            assert {answer.status_code for answer in await asyncio.gather(*asked)} == {200}

    with uvicorn_of(fastapi(tenant_header="X-Tenant")) as url:
        asyncio.run(ask_all(url))
    assert facts(recording) == {
        (f"a{n}", "user", f"t{n}", f"u{n}") if n % 3 else (f"a{n}", "user", "default", None) for n in range(60)
    }


def test_a_run_in_a_websocket_has_the_facts_of_its_request(recording: Recording) -> None:
    with (
        TestClient(fastapi(tenant_header="X-Tenant")) as client,
        client.websocket_connect("/socket", headers={"X-Tenant": "acme"}) as socket,
    ):
        assert socket.receive_text() == "socket"
    assert facts(recording) == {("socket", "user", "acme", None)}


@pytest.mark.parametrize(
    ("said", "tenant"),
    [("acme", "acme"), ("other", "_rejected"), ("_rejected", "_rejected"), ("a" * 129, "_rejected")],
)
def test_a_tenant_that_may_not_be_named_is_refused_and_the_request_goes_on(
    recording: Recording, said: str, tenant: str
) -> None:
    known = ["acme", "_rejected", "a" * 129]
    with uvicorn_of(fastapi(tenant_header="X-Tenant", tenants=known)) as url:
        assert httpx2.get(f"{url}/slow/a", headers={"X-Tenant": said}).json() == "a"
    assert facts(recording) == {("a", "user", tenant, None)}


def test_baggage_is_believed_only_where_the_application_says_so(recording: Recording) -> None:
    said = {"baggage": "invocation.tenant=acme,user.id=42,gen_ai.conversation.id=s1"}
    for options in ({}, {"baggage": ["tenant", "session_id"]}):
        with uvicorn_of(fastapi(**options)) as url:
            httpx2.get(f"{url}/slow/{len(options)}", headers=said)
    assert facts(recording) == {("0", "user", "default", None), ("1", "user", "acme", None)}
    assert [run.get("gen_ai.conversation.id") for run in recording.of("invoke_agent")] == [None, "s1"]
    with pytest.raises(UsageError, match="expected some of tenant, user_id, session_id"):
        fastapi(baggage="tenant").build_middleware_stack()


def test_only_a_scope_that_says_so_sends_ids_and_no_content_to_other_services(recording: Recording) -> None:
    sent: list[dict[str, str]] = [{}, {}, {}]
    with scope(tenant="acme", user_id="4 2"), invocation("a", variables={"secret": "content"}):
        inject(sent[0])
        with scope(session_id="s1", baggage=True):
            inject(sent[1])
        inject(sent[2])
    assert [told.get("baggage") for told in sent] == [
        None,
        "invocation.tenant=acme,user.id=4+2,gen_ai.conversation.id=s1",
        None,
    ]
    assert recording.handle.flush(10)


def test_every_run_of_a_flask_request_has_its_user_and_tenant_until_the_body_has_ended(recording: Recording) -> None:
    app = flask.Flask("shop")
    instrument_flask(app, tenant_header="X-Tenant", user=lambda _request: flask.g.user)

    @app.before_request
    def authenticate() -> None:
        flask.g.user = flask.request.headers.get("X-User")

    @app.get("/")
    def answer() -> str:
        return run("view")

    @app.get("/streamed")
    def streamed() -> flask.Response:
        return flask.Response(run(f"part {n}") for n in range(2))

    asked = {"X-Tenant": "acme", "X-User": "42"}
    with werkzeug_of(app) as url:
        assert httpx2.get(url, headers=asked).text == "view"
        assert httpx2.get(f"{url}/streamed", headers=asked).text == "part 0part 1"
        assert facts(recording) == {(agent, "user", "acme", "42") for agent in ("view", "part 0", "part 1")}
        httpx2.get(url)
        assert ("view", "user", "default", None) in facts(recording)


def test_an_error_in_closing_a_response_is_the_applications_to_know(recording: Recording) -> None:
    class Parts:
        def __iter__(self) -> Iterator[bytes]:
            yield b"part"

        def close(self) -> None:
            raise AttributeError(run("closing"))

    app = flask.Flask("shop")
    instrument_flask(app, tenant_header="X-Tenant")
    app.add_url_rule("/", view_func=lambda: flask.Response(Parts()))
    environ = EnvironBuilder(headers=[("X-Tenant", "acme")]).get_environ()
    body: Any = app.wsgi_app(environ, lambda *_: lambda _data: None)
    assert b"".join(body) == b"part"
    with pytest.raises(AttributeError, match="closing"):
        body.close()
    assert facts(recording) == {("closing", "user", "acme", None)}
