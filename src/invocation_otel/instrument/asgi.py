"""ASGI (FastAPI, Starlette, Quart, …): runs inside a request know its tenant and user, until the response has ended."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from invocation_otel.record.scope import inside

from .incoming import Incoming, RequestFacts

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]


class InvocationMiddleware:
    """``app.add_middleware(InvocationMiddleware, tenant_header="X-Tenant")``; options are those of ``Incoming``.

    Functions are given the ASGI scope: ``scope["user"]`` of Starlette's authentication, ``scope["state"]`` behind
    ``request.state``. The trigger is ``user``. WebSockets too.
    """

    def __init__(self, app: App, /, **options: Any) -> None:
        self._app = app
        self._incoming = Incoming(**options)

    async def __call__(
        self, scope: Scope, receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        with inside(RequestFacts(self._incoming, scope, headers, _user)):
            await self._app(scope, receive, send)


def _user(scope: Scope) -> Any:
    """The user that Starlette's ``AuthenticationMiddleware`` has found; its ``identity`` where it has one."""
    user = scope.get("user")
    if user is None or not getattr(user, "is_authenticated", False):
        return None
    try:
        return user.identity
    except NotImplementedError:  # a user of Starlette need not have one: its own SimpleUser has a name only
        return user.display_name
