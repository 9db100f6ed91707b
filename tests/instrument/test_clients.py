"""Calls of the real client libraries, against a server that speaks the providers' protocols, become rounds."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import anthropic
import httpx2
import openai
import pytest

from conftest import Recording
from invocation_otel import invocation, uninstrument
from invocation_otel.demo.providers import ProviderServer
from invocation_otel.demo.script import BreakOff, Failure, Reply, Request, Script, ToolCall

GPT, CLAUDE = "gpt-4o-mini", "claude-opus-4-5"
TOOL = {"name": "lookup", "description": "Look an order up.", "input_schema": {"type": "object", "properties": {}}}


class Clients:
    """Both clients of both providers, of a server that answers from *script*."""

    def __init__(self, server: ProviderServer, stack: ExitStack, *, max_retries: int, timeout: float) -> None:
        more: dict[str, Any] = {"api_key": server.api_key, "max_retries": max_retries, "timeout": timeout}
        self.openai = stack.enter_context(openai.OpenAI(base_url=server.openai_url, **more))
        self.anthropic = stack.enter_context(anthropic.Anthropic(base_url=server.anthropic_url, **more))
        self._server, self._more = server, more

    def async_openai(self) -> openai.AsyncOpenAI:
        """A new one for each event loop."""
        return openai.AsyncOpenAI(base_url=self._server.openai_url, **self._more)

    def async_anthropic(self) -> anthropic.AsyncAnthropic:
        return anthropic.AsyncAnthropic(base_url=self._server.anthropic_url, **self._more)


@contextmanager
def clients(script: Script, *, max_retries: int = 0, timeout: float = 10.0) -> Iterator[Clients]:
    with ProviderServer(script) as server, ExitStack() as stack:
        yield Clients(server, stack, max_retries=max_retries, timeout=timeout)


def reply(_request: Request) -> Reply:
    return Reply(text="Shipped.", input_tokens=1000, output_tokens=20, cache_read_tokens=400)


def chat(c: Clients) -> None:
    c.openai.chat.completions.create(
        model=GPT, messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Where?"}]
    )


def chat_stream(c: Clients) -> None:
    messages: Any = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Where?"}]
    options: Any = {"include_usage": True}
    for _ in c.openai.chat.completions.create(model=GPT, messages=messages, stream=True, stream_options=options):
        pass


def responses(c: Clients) -> None:
    c.openai.responses.create(model=GPT, instructions="Be brief.", input="Where?")


def responses_stream(c: Clients) -> None:
    for _ in c.openai.responses.create(model=GPT, instructions="Be brief.", input="Where?", stream=True):
        pass


def messages(c: Clients) -> None:
    question: Any = [{"role": "user", "content": "Where?"}]
    c.anthropic.messages.create(model=CLAUDE, max_tokens=100, system="Be brief.", messages=question)


def messages_stream(c: Clients) -> None:
    question: Any = [{"role": "user", "content": "Where?"}]
    with c.anthropic.messages.stream(model=CLAUDE, max_tokens=100, system="Be brief.", messages=question) as stream:
        for _ in stream.text_stream:
            pass


def async_chat(c: Clients) -> None:
    async def call() -> None:
        async with c.async_openai() as client:
            await client.chat.completions.create(
                model=GPT, messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Where?"}]
            )

    asyncio.run(call())


def async_responses_stream(c: Clients) -> None:
    async def call() -> None:
        async with c.async_openai() as client:
            stream = await client.responses.create(model=GPT, instructions="Be brief.", input="Where?", stream=True)
            async for _ in stream:
                pass

    asyncio.run(call())


def async_messages_stream(c: Clients) -> None:
    async def call() -> None:
        question: Any = [{"role": "user", "content": "Where?"}]
        async with (
            c.async_anthropic() as client,
            client.messages.stream(model=CLAUDE, max_tokens=100, system="Be brief.", messages=question) as stream,
        ):
            async for _ in stream.text_stream:
                pass

    asyncio.run(call())


CALLS = [
    chat,
    chat_stream,
    responses,
    responses_stream,
    messages,
    messages_stream,
    async_chat,
    async_responses_stream,
    async_messages_stream,
]


@pytest.mark.parametrize("call", CALLS)
def test_a_call_inside_a_run_is_one_round_with_everything_in_it(
    recording: Recording, call: Callable[[Clients], None]
) -> None:
    """Also with `anthropic`, which makes a second span of the same call by itself."""
    with clients(reply) as c, invocation("support") as run:
        call(c)

    [round_] = recording.of("chat")
    provider, model = ("anthropic", CLAUDE) if "messages" in call.__name__ else ("openai", GPT)
    facts = {
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": model,
        "gen_ai.response.model": model,
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.cache_read.input_tokens": 400,
        "gen_ai.system_instructions": [{"type": "text", "content": "Be brief."}],
        "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "Where?"}]}],
        "invocation.round.index": 1,
        "invocation.run.id": run.id,
        "invocation.status": "success",
        "invocation.cost.source": "computed",
        "invocation.cost.total": 0.003700 if provider == "anthropic" else 0.000132,
    }
    assert {name: _decoded(round_[name]) for name in facts} == facts
    [answer] = _decoded(round_["gen_ai.output.messages"])
    assert (answer["role"], answer["parts"]) == ("assistant", [{"type": "text", "content": "Shipped."}])
    assert run.cost_usd == facts["invocation.cost.total"]
    assert round_["gen_ai.response.id"]
    if "stream" in call.__name__:
        assert 0 < round_["gen_ai.response.time_to_first_chunk"] < 10


def test_what_only_anthropics_own_span_knows_is_kept(recording: Recording) -> None:
    def script(_request: Request) -> Reply:
        return Reply(text="", tool_calls=(ToolCall(name="lookup", id="toolu_1"),), input_tokens=10, output_tokens=5)

    system: Any = [{"type": "text", "text": "Long. " * 2000, "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    question: Any = [{"role": "user", "content": "Where?"}]
    with clients(lambda _: Reply(text="ok")) as c, invocation("a"):
        c.anthropic.messages.create(model=CLAUDE, max_tokens=9, system=system, messages=question)
    with clients(script) as c, invocation("a") as run:
        c.anthropic.messages.create(model=CLAUDE, max_tokens=9, messages=question, tools=[TOOL])  # type: ignore[list-item] # a dictionary will do
        with run.tool("lookup", call_id="toolu_1"):
            pass

    cached, tools = recording.of("chat")
    written = cached["gen_ai.usage.cache_write.input_tokens"]
    assert written > 1000
    assert cached["anthropic.usage.cache_creation.ephemeral_1h_input_tokens"] == written
    assert cached["invocation.cost.cache_write"] == pytest.approx(written * 10e-6, abs=1e-9)
    assert cached["gen_ai.response.finish_reasons"] == ["end_turn"]
    assert tools["gen_ai.response.finish_reasons"] == ["tool_use"]
    assert tools["anthropic.request.id"].startswith("req_")
    assert recording.of("execute_tool")[0]["invocation.round.index"] == 1
    assert recording.handle.stats().merged == 2


def test_all_parameters_of_a_request_are_kept_and_nothing_of_its_content(recording: Recording) -> None:
    with clients(reply) as c, invocation("a"):
        c.openai.chat.completions.create(
            model=GPT,
            messages=[{"role": "user", "content": "Where?"}],
            temperature=0.5,
            tool_choice="none",
            reasoning_effort="low",
            metadata={"k": "v"},
        )

    assert _decoded(recording.of("chat")[0]["invocation.request.params"]) == {
        "temperature": 0.5,
        "tool_choice": "none",
        "reasoning_effort": "low",
        "metadata": {"k": "v"},
    }


@pytest.mark.parametrize("call", [chat, messages])
@pytest.mark.parametrize(
    ("failure", "status", "error"),
    [
        (Failure(status=429), "failed", "RateLimitError"),
        (Failure(status=500), "failed", "InternalServerError"),
        (Failure(status=400), "failed", "BadRequestError"),
        (Failure(status=500, delay_s=5), "timeout", "APITimeoutError"),
    ],
)
def test_a_call_that_fails_is_a_round_that_says_how(
    recording: Recording, call: Callable[[Clients], None], failure: Failure, status: str, error: str
) -> None:
    expected = (openai.APIError, anthropic.APIError)
    with clients(lambda _: failure, timeout=0.3) as c, pytest.raises(expected), invocation("a"):
        call(c)

    [round_], [run] = recording.of("chat"), recording.of("invoke_agent")
    assert (round_["invocation.status"], run["invocation.status"]) == (status, status)
    assert round_["error.type"].endswith(error)
    assert run["error.type"].endswith(error)
    assert "invocation.cost.total" not in round_


@pytest.mark.parametrize("call", [chat, messages])
@pytest.mark.parametrize("status", [429, 500])
def test_a_retry_inside_the_client_is_the_same_round(
    recording: Recording, call: Callable[[Clients], None], status: int
) -> None:
    def script(request: Request) -> Reply | Failure:
        return reply(request) if request.attempt > 1 else Failure(status=status, retry_after_s=0.01)

    with clients(script, max_retries=2) as c, invocation("a") as run:
        call(c)

    assert [round_["invocation.status"] for round_ in recording.of("chat")] == ["success"]
    assert run.rounds == 1


def test_a_cancelled_call_is_a_cancelled_round(recording: Recording) -> None:
    async def cancelled(c: Clients) -> None:
        async with c.async_openai() as client, invocation("a"):
            await client.chat.completions.create(model=GPT, messages=[{"role": "user", "content": "Where?"}])

    async def cancel(c: Clients) -> None:
        task = asyncio.create_task(cancelled(c))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with clients(lambda _: Reply(text="late", delay_s=5)) as c:
        asyncio.run(cancel(c))

    [round_], [run] = recording.of("chat"), recording.of("invoke_agent")
    assert (round_["invocation.status"], run["invocation.status"]) == ("cancelled", "cancelled")


def test_a_stream_that_breaks_off_is_a_failed_round_with_what_had_come(recording: Recording) -> None:
    with (
        clients(lambda _: Reply(text="one two three four", break_off=BreakOff(after_events=4))) as c,
        pytest.raises(httpx2.RemoteProtocolError),
        invocation("a"),
    ):
        messages_stream(c)

    [round_] = recording.of("chat")
    assert round_["invocation.status"] == "failed"
    assert round_["gen_ai.usage.input_tokens"] > 0


def test_calls_inside_an_own_round_are_that_round_and_their_tokens_add_up(recording: Recording) -> None:
    with clients(reply) as c, invocation("a") as run, run.round(provider="openai", model="router"):
        chat(c)
        chat(c)

    [round_] = recording.of("chat")
    assert (round_["gen_ai.usage.input_tokens"], round_["gen_ai.usage.output_tokens"]) == (2000, 40)
    assert round_["gen_ai.request.model"] == "router"
    assert round_["gen_ai.response.model"] == GPT
    assert run.rounds == 1


def test_rounds_at_once_in_one_run_are_each_whole(recording: Recording) -> None:
    async def ask(client: openai.AsyncOpenAI, question: str) -> None:
        await client.chat.completions.create(model=GPT, messages=[{"role": "user", "content": question}])

    async def ask_all(c: Clients) -> None:
        async with c.async_openai() as client:
            await asyncio.gather(*(ask(client, f"question {n}") for n in range(10)))

    with clients(lambda request: Reply(text=f"answer to {request.question}")) as c, invocation("a") as run:
        asyncio.run(ask_all(c))

    rounds = recording.of("chat")
    for round_ in rounds:
        [question], [answer] = _decoded(round_["gen_ai.input.messages"]), _decoded(round_["gen_ai.output.messages"])
        assert answer["parts"][0]["content"] == f"answer to {question['parts'][0]['content']}"
    assert sorted(round_["invocation.round.index"] for round_ in rounds) == list(range(1, 11))
    assert run.rounds == 10


def test_uninstrumented_clients_are_as_they_were(recording: Recording) -> None:
    assert all(hasattr(method, "__wrapped__") for method in _methods())
    uninstrument()
    with clients(reply) as c, invocation("a"):
        chat(c)
    assert recording.of("chat") == []
    assert not any(hasattr(method, "__wrapped__") for method in _methods())


def _methods() -> list[Any]:
    """What is replaced while `openai` and `anthropic` are recorded."""
    bases = (openai._base_client, anthropic._base_client)
    found = [
        (base.BaseClient._build_request, base.SyncAPIClient.request, base.AsyncAPIClient.request) for base in bases
    ]
    return [method for of_base in found for method in of_base]


def _decoded(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) and value[:1] in "[{" else value
    except ValueError:
        return value
