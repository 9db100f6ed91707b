"""Google's Agent Development Kit: OpenTelemetry's names, and ``gcp.vertex.agent.*`` in its first schema.

Facts: spans of google-adk 2.13.0 with ``ADK_TELEMETRY_SCHEMA_VERSION_OPT_IN`` 1 and 2, recorded. In the first schema
a call is told by two spans, ``call_llm`` and inside it ``generate_content``, which are the same round.
"""

from invocation_otel.spans import attributes as a
from invocation_otel.spans import provider_body

from .dialect import Attributes, Dialect, Told
from .values import as_mapping

_REQUEST, _RESPONSE = "gcp.vertex.agent.llm_request", "gcp.vertex.agent.llm_response"


def _read(told: Told) -> Attributes:
    if told.found.get(a.OPERATION) == a.EXECUTE_TOOL:
        return {}
    said = told.attributes
    found = provider_body.request(as_mapping(said.get(_REQUEST)))
    found |= provider_body.answer(as_mapping(said.get(_RESPONSE)))
    return {name: value for name, value in found.items() if name not in told.found}


ADK = Dialect(
    name="Google ADK",
    scopes=("gcp.vertex.agent",),
    marks=frozenset({_REQUEST, "gcp.vertex.agent.event_id"}),
    operations_by_name={"call_llm": "generate_content", "invocation": "invoke_workflow"},
    names={
        a.SESSION: ("gcp.vertex.agent.session_id",),
        a.TOOL_ARGUMENTS: ("gcp.vertex.agent.tool_call_args",),
        a.TOOL_RESULT: ("gcp.vertex.agent.tool_response",),
    },
    read=_read,
    also_read=(_REQUEST, _RESPONSE),
)
