"""What other instrumentations hand over: messages and the content of tool calls, not yet serialised."""

from collections.abc import Mapping
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import Span

from invocation_otel.record.entry import live
from invocation_otel.record.guard import agent_goes_on
from invocation_otel.spans import attributes as a


def keep_of_tool(span: Span, told: Mapping[str, Any]) -> None:
    """Keep *told*, by the attributes' names, for the tool call whose span is *span*."""
    with agent_goes_on("keeping the content of a tool call"):
        entry = live.get(span.get_span_context().span_id)
        if entry is not None:
            for name, value in told.items():
                entry.keep(name, value)


class ContentHook:
    """The completion hook of ``opentelemetry-util-genai``: keeps the content beside the span, for the worker to write.

    With it the packages' own capture of content stays off, which would serialise every message on the agent's thread.
    """

    def on_completion(
        self,
        *,
        inputs: list[Any],
        outputs: list[Any],
        system_instruction: list[Any],
        tool_definitions: list[Any] | None = None,
        span: Span | None = None,
        log_record: Any = None,  # noqa: ARG002 - the hook's signature
    ) -> None:
        """Keep what the model was given and what it answered, for the round whose span is *span*."""
        entry = live.get(span.get_span_context().span_id) if span else None
        if entry is None:
            return
        # The lists were made for this call by the instrumentation: nobody changes them afterwards.
        told = {
            a.INPUT_MESSAGES: inputs,
            a.OUTPUT_MESSAGES: outputs,
            a.SYSTEM_INSTRUCTIONS: system_instruction,
            a.TOOL_DEFINITIONS: tool_definitions,
        }
        entry.described.keep_as_it_is({name: value for name, value in told.items() if value})


class WholeInput(ContentHook):
    """The hook of a package that counts cached tokens beside the input: OpenTelemetry's input has them in it.

    So does ``opentelemetry-instrumentation-genai-bedrock`` 1.3b0, as Bedrock itself counts.
    """

    def on_completion(self, *, span: Span | None = None, **told: Any) -> None:
        """Keep the content, and add what was cached to the input tokens of *span*."""
        super().on_completion(span=span, **told)
        if span is not None and isinstance(span, ReadableSpan):
            known = span.attributes or {}
            counts = [known.get(name) for name in (a.INPUT_TOKENS, a.CACHE_READ_TOKENS, a.CACHE_WRITE_TOKENS)]
            if counts[0] is not None:
                span.set_attribute(a.INPUT_TOKENS, sum(count for count in counts if isinstance(count, int)))
