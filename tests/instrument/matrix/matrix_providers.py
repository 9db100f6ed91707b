"""The providers that only the matrix asks: OpenAI's embeddings, who else hosts OpenAI and Anthropic, and all others."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

import wire_bedrock_anthropic
import wire_bedrock_converse
import wire_gemini
import wire_mistral
import wire_ollama
import wire_openai_embeddings
from invocation_otel.demo import providers, wire_anthropic
from invocation_otel.demo.providers import ANTHROPIC, bearer
from invocation_otel.demo.script import Failure
from invocation_otel.demo.wire import Json, Provider, Wire


@dataclass(frozen=True, kw_only=True)
class Route:
    """Paths of an API that say in themselves what elsewhere stands in the request's body."""

    path: re.Pattern[str]
    """Matches the whole rest of the path; its named groups, such as ``model``, go into the body."""
    wire: Wire
    stream: bool | None = None
    """Whether answers at this path are streams; ``None`` where the body says so."""


@dataclass(frozen=True, kw_only=True)
class RoutedProvider(Provider):
    """A provider whose paths carry the model."""

    routes: tuple[Route, ...]

    def wire_at(self, path: str) -> tuple[Wire, Json] | None:
        for route in self.routes:
            if found := route.path.fullmatch(path.removeprefix(self.path)):
                added = {name: unquote(value) for name, value in found.groupdict().items()}
                return route.wire, added | ({} if route.stream is None else {"stream": route.stream})
        return None


def routed(like: Provider, **told: Any) -> RoutedProvider:
    """A provider as *like*, apart from what is told."""
    return RoutedProvider(**vars(like) | {"wires": {}} | told)


def _aws_access_key(headers: Mapping[str, str]) -> str:
    """The access key that a request is signed with; the signature itself is not checked."""
    return headers.get("authorization", "").partition("Credential=")[2].partition("/")[0]


_PUBLISHER = "/projects/[^/]+/locations/[^/]+/publishers/anthropic/models/(?P<model>[^/:]+)"

OPENAI = replace(providers.OPENAI, wires={**providers.OPENAI.wires, "/v1/embeddings": wire_openai_embeddings.WIRE})
AZURE = routed(
    OPENAI,
    path="/azure/openai",
    routes=tuple(
        Route(path=re.compile(f"/deployments/(?P<model>[^/]+){path.removeprefix('/v1')}"), wire=wire)
        for path, wire in OPENAI.wires.items()
    ),
    key=lambda headers: headers.get("api-key") or bearer(headers),
)
BEDROCK = routed(
    ANTHROPIC,
    path="/bedrock",
    routes=(
        Route(path=re.compile("/model/(?P<model>[^/]+)/invoke"), wire=wire_bedrock_anthropic.WIRE, stream=False),
        Route(
            path=re.compile("/model/(?P<model>[^/]+)/invoke-with-response-stream"),
            wire=wire_bedrock_anthropic.WIRE,
            stream=True,
        ),
        Route(path=re.compile("/model/(?P<model>[^/]+)/converse"), wire=wire_bedrock_converse.WIRE, stream=False),
        Route(path=re.compile("/model/(?P<model>[^/]+)/converse-stream"), wire=wire_bedrock_converse.WIRE, stream=True),
    ),
    key=_aws_access_key,
    error=wire_bedrock_converse.error_body,
    request_id_header="x-amzn-requestid",
    required_headers=(),
)
VERTEX = routed(
    ANTHROPIC,
    path="/vertex/v1",
    routes=(
        Route(path=re.compile(f"{_PUBLISHER}:rawPredict"), wire=wire_anthropic.WIRE, stream=False),
        Route(path=re.compile(f"{_PUBLISHER}:streamRawPredict"), wire=wire_anthropic.WIRE, stream=True),
    ),
    required_headers=(),
)
_MODEL = "/v1(?:beta)?/models/(?P<model>[^/:]+)"
GEMINI = routed(
    OPENAI,
    path="/gemini",
    routes=(
        Route(path=re.compile(f"{_MODEL}:generateContent"), wire=wire_gemini.WIRE, stream=False),
        Route(path=re.compile(f"{_MODEL}:streamGenerateContent"), wire=wire_gemini.WIRE, stream=True),
    ),
    key=lambda headers: headers.get("x-goog-api-key", ""),
    error=wire_gemini.error_body,
    no_key=Failure(status=403, message="Method doesn't allow unregistered callers.", kind="PERMISSION_DENIED"),
    wrong_key=Failure(status=400, message="API key not valid. Please pass a valid API key."),
    unknown_path=lambda _method, path: Failure(status=404, message=f"{path} was not found on this server."),
    not_json=Failure(status=400, message="Invalid JSON payload received."),
    request_id_header="x-request-id",
)
OLLAMA = replace(
    OPENAI,
    path="/ollama",
    wires={"/api/chat": wire_ollama.WIRE},
    error=wire_ollama.error_body,
    no_key=Failure(status=401, message="unauthorized"),
    wrong_key=Failure(status=401, message="unauthorized"),
    unknown_path=lambda _method, _path: Failure(status=404, message="404 page not found"),
    not_json=Failure(status=400, message="invalid character in the request's body"),
)
MISTRAL = replace(
    OPENAI,
    path="/mistral",
    wires={"/v1/chat/completions": wire_mistral.WIRE},
    error=wire_mistral.error_body,
    no_key=Failure(status=401, message="Unauthorized"),
    wrong_key=Failure(status=401, message="Unauthorized"),
    unknown_path=lambda _method, _path: Failure(status=404, message="no Route matched with those values"),
    request_id_header="x-kong-request-id",
)
PROVIDERS = (OPENAI, ANTHROPIC, AZURE, BEDROCK, VERTEX, GEMINI, OLLAMA, MISTRAL)
