"""Microsoft's Agent Framework: OpenTelemetry's names; arguments of tool calls are JSON in a text.

Facts: spans of agent-framework-core 1.23.0 with agent-framework-openai 1.17.0, recorded. Its input tokens are all of
them. ``server.address`` is a whole URL.
"""

from urllib.parse import urlsplit

from invocation_otel.spans import attributes as a

from . import semconv
from .dialect import Attributes, Dialect, Told
from .values import joined


def _read(told: Told) -> Attributes:
    return semconv.read(told) | joined(
        [(a.SERVER_ADDRESS, urlsplit(str(told.attributes.get(a.SERVER_ADDRESS))).hostname)]
    )


AGENT_FRAMEWORK = Dialect(name="Microsoft Agent Framework", scopes=("agent_framework",), read=_read)
