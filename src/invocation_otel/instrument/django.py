"""Django: runs inside a request know its tenant and user, until the response has ended."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.utils.module_loading import import_string

from invocation_otel.record.scope import inside

from .incoming import Body, Incoming, RequestFacts

_FUNCTIONS = ("tenant", "user", "session")
_FACTS, _USER = "_invocation_facts", "_invocation_user"
"""Attributes of the request."""


class InvocationMiddleware:
    """``MIDDLEWARE = [..., "invocation_otel.instrument.django.InvocationMiddleware"]``, anywhere in the list.

    The setting ``INVOCATION_OTEL`` is a dictionary of the options of ``Incoming``; functions are given the request and
    may be named by their dotted path. By default the user is ``request.user``'s primary key, and the trigger ``user``.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        self._incoming = _incoming(getattr(settings, "INVOCATION_OTEL", {}))
        self._async = iscoroutinefunction(get_response)
        if self._async:
            markcoroutinefunction(self)
            # Django takes the hook of the instance, and awaits it where the middleware is an async one.
            self.process_view = self._aprocess_view  # type: ignore[assignment,method-assign] # see above

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self._async:
            return self._acall(request)
        facts = self._facts(request)
        with inside(facts):
            response: HttpResponseBase = self._get_response(request)
        return _streaming_inside(response, facts)

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        facts = self._facts(request)
        with inside(facts):
            response: HttpResponseBase = await self._get_response(request)
        return _streaming_inside(response, facts)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_: Any) -> None:
        """Read the facts before an async view, which may not ask the database who the user is."""
        if iscoroutinefunction(view):
            getattr(request, _FACTS)()

    async def _aprocess_view(self, request: HttpRequest, view: Callable[..., Any], *_: Any) -> None:
        logged_in = settings.SESSION_COOKIE_NAME in request.COOKIES and hasattr(request, "auser")
        if iscoroutinefunction(view) and logged_in and self._incoming.user is None:
            setattr(request, _USER, await request.auser())

    def _facts(self, request: HttpRequest) -> RequestFacts:
        headers = {name.lower(): value for name, value in request.headers.items()}
        facts = RequestFacts(self._incoming, request, headers, _user)
        setattr(request, _FACTS, facts)
        return facts


def _incoming(options: dict[str, Any]) -> Incoming:
    """The options, with functions in place of their dotted paths."""
    paths = {name: options[name] for name in _FUNCTIONS if isinstance(options.get(name), str)}
    return Incoming(**options | {name: import_string(path) for name, path in paths.items()})


def _user(request: HttpRequest) -> Any:
    user = getattr(request, _USER, None) or getattr(request, "user", None)
    return user.pk if user is not None and user.is_authenticated else None


def _streaming_inside(response: HttpResponseBase, facts: RequestFacts) -> HttpResponseBase:
    """*response*; when it streams, each of its parts is made where *facts* hold. Files are sent as they are."""
    if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
        content = response.streaming_content
        response.streaming_content = _parts(content, facts) if response.is_async else Body(content, facts)
    return response


async def _parts(content: AsyncIterator[bytes], facts: RequestFacts) -> AsyncIterator[bytes]:
    iterator = aiter(content)
    while True:
        with inside(facts):
            try:
                part = await anext(iterator)
            except StopAsyncIteration:
                return
        yield part
