"""A local server that speaks the protocols of OpenAI and Anthropic, and of whatever other provider it is given.

It answers from a script:

    with ProviderServer(lambda request: Reply(text="Shipped on Tuesday.")) as server:
        client = openai.OpenAI(base_url=server.openai_url, api_key=server.api_key)

It refuses what the providers refuse, counts tokens from the texts, and caches prompts as they do.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from . import wire_anthropic, wire_openai_chat, wire_openai_responses
from .prompt_cache import PromptCache
from .provider_http import ProviderHttpServer
from .script import Failure, Request, Script
from .wire import Answer, Provider, Wire, answered
from .wire_anthropic_request import error_body as anthropic_error
from .wire_openai import error_body as openai_error


def bearer(headers: Mapping[str, str]) -> str:
    """The token in the header that OpenAI asks for."""
    return headers.get("authorization", "").removeprefix("Bearer ")


OPENAI = Provider(
    path="/openai",
    wires={
        "/v1/chat/completions": wire_openai_chat.WIRE,
        "/v1/responses": wire_openai_responses.WIRE,
    },
    key=bearer,
    error=openai_error,
    no_key=Failure(status=401, message="You didn't provide an API key. Provide it in an Authorization header."),
    wrong_key=Failure(status=401, message="Incorrect API key provided.", code="invalid_api_key"),
    unknown_path=lambda method, path: Failure(status=404, message=f"Invalid URL ({method} {path})"),
    not_json=Failure(status=400, message="We could not parse the JSON body of your request."),
    request_id_header="x-request-id",
)
ANTHROPIC = Provider(
    path="/anthropic",
    wires={"/v1/messages": wire_anthropic.WIRE},
    key=lambda headers: headers.get("x-api-key") or bearer(headers),
    error=anthropic_error,
    no_key=Failure(status=401, message="Authorization or x-api-key header is required"),
    wrong_key=Failure(status=401, message="invalid x-api-key"),
    unknown_path=lambda _method, _path: Failure(status=404, message="Not Found"),
    not_json=Failure(status=400, message="The request body is not valid JSON."),
    request_id_header="request-id",
    required_headers=("anthropic-version",),
)


class ProviderServer:
    """The providers on one loopback port, from `with` to its end.

    A script that raises answers 500, and the first such error is raised again at the end of the `with`.
    """

    def __init__(
        self,
        script: Script,
        *,
        api_key: str = "a-local-key",
        providers: Sequence[Provider] = (OPENAI, ANTHROPIC),
    ) -> None:
        self.api_key = api_key
        self.requests: list[Request] = []
        """Every request that was accepted, in order; a client's retries are separate requests."""
        self._script = script
        self._providers = providers
        self._cache = PromptCache()
        self._errors: list[BaseException] = []
        self._stopping = threading.Event()
        self._http = ProviderHttpServer(self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name="providers", daemon=True)

    @property
    def openai_url(self) -> str:
        """The `base_url` for OpenAI's client."""
        return f"{self.url_of(OPENAI)}/v1"

    @property
    def anthropic_url(self) -> str:
        """The `base_url` for Anthropic's client."""
        return self.url_of(ANTHROPIC)

    def url_of(self, provider: Provider) -> str:
        """Where *provider* begins."""
        return f"http://127.0.0.1:{self._http.server_port}{provider.path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        if self._errors and error is None:
            raise self._errors[0]

    def provider_at(self, path: str) -> Provider:
        """Whose API a path belongs to; the first provider's, which refuses it, when it is nobody's."""
        return next((one for one in self._providers if path.startswith(f"{one.path}/")), self._providers[0])

    def pause(self, seconds: float) -> None:
        """Wait as long as the script says, but not after the server has stopped."""
        self._stopping.wait(seconds)

    def note(self, error: BaseException) -> None:
        """Keep an error of the script or of this server for the end of the `with`."""
        self._errors.append(error)

    def refusal_of(self, provider: Provider, headers: Mapping[str, str]) -> Failure | None:
        """What the provider does not accept in the headers."""
        key = provider.key(headers)
        if key != self.api_key:
            return provider.wrong_key if key else provider.no_key
        missing = [name for name in provider.required_headers if name not in headers]
        return Failure(status=400, message=f"{missing[0]}: header is required") if missing else None

    def answer(self, wire: Wire, body: Mapping[str, Any], *, attempt: int) -> Answer | Failure:
        """The script's answer to a request."""
        request = wire.read(body, attempt)
        self.requests.append(request)
        try:
            outcome = self._script(request)
        except Exception as error:  # noqa: BLE001 - whatever a script raises is raised again by __exit__
            self.note(error)
            return Failure(status=500, message=f"The server's script raised {error!r}.")
        self.pause(outcome.delay_s)
        if isinstance(outcome, Failure):
            return outcome
        cache = self._cache.use(request)
        return answered(request, outcome, wire=wire, cache=cache, created_s=int(time.time()))
