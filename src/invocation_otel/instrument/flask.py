"""Flask: runs inside a request know its tenant and user, until the response has ended."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from invocation_otel.record.scope import inside

from .incoming import Body, Incoming, RequestFacts

if TYPE_CHECKING:
    from flask import Flask, Request, Response

Environ = dict[str, Any]
_FACTS = "invocation_otel.facts"


def instrument_flask(app: "Flask", **options: Any) -> None:
    """Give the runs inside each request of *app* its facts; options are those of ``Incoming``.

    Functions are given the request: ``user=lambda request: current_user.get_id()``; by default the user is
    ``request.remote_user``. The trigger is ``user``.
    """
    incoming, served = Incoming(**options), app.wsgi_app

    def serve(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = app.request_class(environ)
        headers = {name.lower(): value for name, value in request.headers.items()}
        facts = environ[_FACTS] = RequestFacts(incoming, request, headers, _user)
        with inside(facts):
            body = served(environ, start_response)
        return Body(body, facts)

    # Flask's documentation says to add a WSGI middleware so; mypy knows `wsgi_app` as a method only.
    app.wsgi_app = serve  # type: ignore[method-assign] # see above
    app.after_request(_know_before_streaming)


def _user(request: "Request") -> Any:
    return request.remote_user


def _know_before_streaming(response: "Response") -> "Response":
    """Read the facts while ``current_user``, ``g`` and ``session`` can be read: they are gone when the body is made."""
    from flask import request  # noqa: PLC0415 - optional

    if response.is_streamed:
        request.environ[_FACTS]()
    return response
