"""The views of a Django site, for `test_django.py`."""

from collections.abc import AsyncIterator, Iterator

from django.contrib.auth import get_user_model, login
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from invocation_otel import invocation


def tenant_of(request: HttpRequest) -> str | None:
    """The tenant of a site; a function of the application's own, which may fail."""
    name = request.headers.get("X-Site", "")
    return {"": None, "a": "acme"}[name]


def log_in(request: HttpRequest) -> HttpResponse:
    """The session of a new user; the answer is the user's id."""
    user = get_user_model().objects.create_user("somebody")
    login(request, user)
    return HttpResponse(str(user.pk))


def plain(_request: HttpRequest) -> HttpResponse:
    """No run."""
    return HttpResponse("the same for everybody")


def answer(_request: HttpRequest) -> HttpResponse:
    """One run in a view."""
    with invocation("view"):
        return HttpResponse("answered")


def streamed(_request: HttpRequest) -> StreamingHttpResponse:
    """Runs that begin after the view has returned."""

    def parts() -> Iterator[str]:
        for n in range(2):
            with invocation(f"part {n}"):
                answer = f"part {n}"
            yield answer

    return StreamingHttpResponse(parts())


async def async_answer(_request: HttpRequest) -> HttpResponse:
    """One run in a coroutine."""
    with invocation("async view"):
        return HttpResponse("answered")


async def async_streamed(_request: HttpRequest) -> StreamingHttpResponse:
    """Runs in an async generator."""

    async def parts() -> AsyncIterator[str]:
        for n in range(2):
            with invocation(f"async part {n}"):
                answer = f"part {n}"
            yield answer

    return StreamingHttpResponse(parts())


urlpatterns = [path(view.__name__, view) for view in (log_in, plain, answer, streamed, async_answer, async_streamed)]
