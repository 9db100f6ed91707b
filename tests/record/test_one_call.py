"""A model call that two libraries tell, one inside the other, is one round: what is taken from which."""

import contextlib
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.trace import Span

import invocation_otel
from conftest import Recording

CALL: dict[str, Any] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
}
USED = {"gen_ai.usage.input_tokens": 1200, "gen_ai.usage.output_tokens": 90}
ANSWER = '[{"role":"assistant","parts":[{"type":"text","content":"Hello."}]}]'


def started(
    recording: Recording, scope: str, said: dict[str, Any] | None = None, *, around: Span | None = None
) -> Span:
    """A model call's span of the library *scope*, that nobody has ended yet."""
    context = None if around is None else trace.set_span_in_context(around)
    tracer = recording.handle.provider.get_tracer(scope)
    return tracer.start_span("chat gpt-4o-mini", context=context, attributes={**CALL, **(said or {})})


def told(recording: Recording, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(round_.get(name) for name in names) for round_ in recording.of("chat")]


def test_of_a_call_that_a_framework_never_ends_the_client_s_span_is_the_round(recording: Recording) -> None:
    with invocation_otel.invocation("support") as run:
        forgotten = started(recording, "a.framework")
        client = started(recording, "a.client", {**USED, "gen_ai.output.messages": ANSWER}, around=forgotten)
        client.end()
        started(recording, "a.client").end()
    assert told(recording, "invocation.round.index", "gen_ai.usage.input_tokens", "gen_ai.output.messages") == [
        (2, None, None),
        (1, 1200, ANSWER),
    ]
    assert (run.rounds, run.usage.input_tokens, recording.handle.stats().merged) == (2, 1200, 1)


def test_two_requests_of_a_call_that_a_framework_never_ends_are_one_round(recording: Recording) -> None:
    with invocation_otel.invocation("support") as run:
        forgotten = started(recording, "a.framework")
        started(recording, "a.client", around=forgotten).end()
        started(recording, "a.client", USED, around=forgotten).end()
    assert told(recording, "invocation.round.index", "gen_ai.usage.input_tokens") == [(1, 1200)]
    assert (run.rounds, run.usage.input_tokens) == (1, 1200)
    assert [agent["invocation.run.rounds"] for agent in recording.of("invoke_agent")] == [1]


def test_a_call_that_a_framework_ends_late_is_told_once(recording: Recording) -> None:
    with invocation_otel.invocation("support"):
        late = started(recording, "a.framework")
        started(recording, "a.client", USED, around=late).end()
        late.end()
    assert told(recording, "invocation.round.index", "gen_ai.usage.input_tokens") == [(1, 1200)]


@pytest.mark.parametrize(
    ("said", "error"),
    [
        pytest.param({}, "openai.RateLimitError", id="only an event of the framework's tells its error"),
        pytest.param({"error.type": "acme.Busy"}, "acme.Busy", id="the framework says itself which error it was"),
    ],
)
def test_the_client_knows_which_error_it_was_unless_the_framework_says_it(
    recording: Recording, said: dict[str, Any], error: str
) -> None:
    tracer = recording.handle.provider.get_tracer("openinference.instrumentation.langchain")
    with (
        invocation_otel.invocation("support"),
        contextlib.suppress(RuntimeError),
        tracer.start_as_current_span("ChatOpenAI", attributes={**CALL, **said}) as around,
    ):
        client = started(recording, "a.client", {"error.type": "openai.RateLimitError"}, around=around)
        client.end()
        raise RuntimeError("the framework's own")
    assert told(recording, "error.type", "invocation.status") == [(error, "failed")]


@pytest.mark.parametrize(
    ("said", "provider"),
    [
        pytest.param("langchain", "openai", id="a framework is no provider"),
        pytest.param("azure.ai.openai", "azure.ai.openai", id="what the outer one says wins"),
    ],
)
def test_a_framework_that_names_itself_does_not_hide_the_client_s_provider(
    recording: Recording, said: str, provider: str
) -> None:
    with invocation_otel.invocation("support"):
        around = started(recording, "a.framework", {"gen_ai.provider.name": said})
        started(recording, "a.client", USED, around=around).end()
        around.end()
    assert told(recording, "gen_ai.provider.name") == [(provider,)]
