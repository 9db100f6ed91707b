"""MLflow Tracing: ``mlflow.*``, each value as JSON.

Facts: spans of mlflow 3.17 with openai 3.54 and anthropic 2.12 (autolog), recorded. Its input tokens are all of them.
The names of tools and agents are the names of their functions.
"""

from invocation_otel.spans import attributes as a
from invocation_otel.spans import forms, provider_body

from .dialect import Attributes, Dialect, Told
from .values import as_mapping, joined

_INPUT, _OUTPUT, _USAGE = "mlflow.spanInputs", "mlflow.spanOutputs", "mlflow.chat.tokenUsage"
_TYPE, _FUNCTION = "mlflow.spanType", "mlflow.spanFunctionName"
_OPERATIONS = {
    "CHAT_MODEL": a.CHAT,
    "LLM": "generate_content",
    "EMBEDDING": "embeddings",
    "TOOL": a.EXECUTE_TOOL,
    "AGENT": a.INVOKE_AGENT,
    "CHAIN": "invoke_workflow",
    "RETRIEVER": "retrieval",
}


def _read(told: Told) -> Attributes:
    said = told.attributes
    values = {name: forms.parsed(value) for name, value in said.items() if name.startswith("mlflow.")}
    operation = told.found.get(a.OPERATION)
    if operation == a.EXECUTE_TOOL:
        named = (a.TOOL_NAME, values.get(_FUNCTION) or told.source.name)
        return joined([named, (a.TOOL_ARGUMENTS, values.get(_INPUT)), (a.TOOL_RESULT, values.get(_OUTPUT))])
    if operation == a.INVOKE_AGENT:
        named = (a.AGENT, values.get(_FUNCTION) or told.source.name)
        return joined([named, (a.INPUT_MESSAGES, values.get(_INPUT)), (a.OUTPUT_MESSAGES, values.get(_OUTPUT))])
    answer = provider_body.answer(as_mapping(values.get(_OUTPUT)))
    return (
        provider_body.request(as_mapping(values.get(_INPUT)))
        | provider_body.usage(values.get(_USAGE))
        | answer
        | joined([(a.PROVIDER, values.get("mlflow.llm.provider") or values.get("mlflow.message.format"))])
        | joined([(a.RESPONSE_MODEL, answer.get(a.RESPONSE_MODEL) or values.get("mlflow.llm.model"))])
        | joined([(a.SESSION, values.get("mlflow.trace.session")), (a.USER_ID, values.get("mlflow.trace.user"))])
    )


MLFLOW = Dialect(
    name="MLflow",
    scopes=("mlflow.*",),
    marks=frozenset({_TYPE}),
    operations={_TYPE: {**_OPERATIONS, **{f'"{kind}"': operation for kind, operation in _OPERATIONS.items()}}},
    read=_read,
    also_read=(_INPUT, _OUTPUT, _USAGE, "mlflow.chat.tools", "mlflow.message.format", "mlflow.llm."),
)
