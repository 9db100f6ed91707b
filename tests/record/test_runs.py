"""What `invocation` records, by the public API and the real SDK."""

import asyncio
import re
from collections.abc import AsyncGenerator, Generator
from typing import Any

import pytest
from opentelemetry import context as otel_context

import invocation_otel
from conftest import Recording, told
from invocation_otel import File, Prompt, invocation
from invocation_otel.errors import UsageError

RUN_ID = re.compile(r"run_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}")


def test_a_run_is_a_span_with_its_rounds_and_tool_calls_as_children(recording: Recording) -> None:
    with invocation("support", triggered_by="user", tenant="acme", user_id="42", session_id="s1") as run:
        with run.round(provider="openai", model="gpt-4o-mini", messages="Where is order 7?") as round_:
            round_.respond("Let me look.", input_tokens=1000, output_tokens=10, stop_reason="tool_calls")
        with run.tool("lookup", arguments={"id": 7}) as tool:
            tool.result({"status": "shipped"})

    chat, lookup, agent = recording.spans
    assert [span.name for span in recording.spans] == [
        "chat gpt-4o-mini",
        "execute_tool lookup",
        "invoke_agent support",
    ]
    assert chat.parent == lookup.parent == agent.context
    assert agent.parent is None
    identity = {
        "invocation.run.id": run.id,
        "invocation.root_run.id": run.id,
        "invocation.tenant": "acme",
        "invocation.trigger": "user",
        "gen_ai.agent.name": "support",
        "gen_ai.conversation.id": "s1",
        "user.id": "42",
    }
    assert all(identity.items() <= told(span).items() for span in recording.spans)
    assert told(lookup) == identity | {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "lookup",
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.arguments": '{"id":7}',
        "gen_ai.tool.call.result": '{"status":"shipped"}',
        "invocation.round.index": 1,
        "invocation.status": "success",
    }
    assert told(agent) == identity | {
        "gen_ai.operation.name": "invoke_agent",
        "invocation.status": "success",
        "invocation.run.seq": 1,
        "invocation.run.rounds": 1,
        "invocation.run.tool_calls": 1,
        "invocation.run.input_tokens": 1000,
        "invocation.run.output_tokens": 10,
        "invocation.run.cache_read_tokens": 0,
        "invocation.run.cache_write_tokens": 0,
        "invocation.run.cost": 0.000156,
        "invocation.run.unpriced": 0,
        "invocation.run.provider": "openai",
        "invocation.run.model": "gpt-4o-mini",
    }


def test_a_round_keeps_messages_prompt_variables_and_what_came_from_memory(recording: Recording) -> None:
    system = Prompt("support-system", version="3", template="You help {shop}.", variables={"shop": "Acme"})
    history = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    with (
        invocation("support", memory=history, system_prompt=system, variables={"order": 7}) as run,
        run.round(
            provider="openai",
            model="gpt-4o-mini",
            messages=[
                {"role": "system", "content": system.text},
                *history,
                {"role": "user", "content": "Where is it?"},
            ],
            params={"temperature": 0.5},
        ) as round_,
    ):
        round_.respond("On its way.", input_tokens=10, output_tokens=3)

    [chat] = recording.of("chat")
    assert chat["gen_ai.system_instructions"] == '[{"type":"text","content":"You help Acme."}]'
    assert chat["gen_ai.input.messages"] == (
        '[{"role":"user","parts":[{"type":"text","content":"Hi"}]},'
        '{"role":"assistant","parts":[{"type":"text","content":"Hello"}]},'
        '{"role":"user","parts":[{"type":"text","content":"Where is it?"}]}]'
    )
    assert chat["gen_ai.output.messages"] == '[{"role":"assistant","parts":[{"type":"text","content":"On its way."}]}]'
    assert chat["invocation.memory.messages"] == 2
    assert chat["invocation.memory.enabled"] is True
    assert chat["invocation.prompt.system.name"] == "support-system"
    assert chat["invocation.prompt.system.version"] == "3"
    assert chat["invocation.prompt.variables"] == '{"variables":{"order":7},"system_variables":{"shop":"Acme"}}'
    assert chat["invocation.request.params"] == '{"temperature":0.5}'


def test_messages_are_kept_as_they_were_when_the_round_began(recording: Recording) -> None:
    """Agents append to one list of messages, round after round."""
    messages = [{"role": "user", "content": "first"}]
    with invocation("loop") as run, run.round(provider="p", model="m", messages=messages):
        messages[0]["content"] = "changed"
        messages.append({"role": "user", "content": "later"})

    assert (
        recording.of("chat")[0]["gen_ai.input.messages"]
        == '[{"role":"user","parts":[{"type":"text","content":"first"}]}]'
    )


def test_the_program_is_told_the_same_cost_as_the_exporter(recording: Recording) -> None:
    with invocation("support") as run:
        for tokens in (1, 333, 777_777):
            with run.round(provider="anthropic", model="claude-sonnet-4-5") as round_:
                round_.respond(input_tokens=tokens, output_tokens=tokens, cache_read_tokens=tokens // 3)
        assert run.rounds == 3
        assert run.usage.input_tokens == 778_111

    costs = [chat["invocation.cost.total"] for chat in recording.of("chat")]
    assert run.cost_usd == recording.of("invoke_agent")[0]["invocation.run.cost"] == round(sum(costs), 9)


def test_a_round_without_a_known_price_is_unpriced_and_never_free(recording: Recording) -> None:
    with invocation("local") as run, run.round(provider="ollama", model="our-own-model") as round_:
        round_.respond("hi", input_tokens=10, output_tokens=5)

    [chat] = recording.of("chat")
    assert chat["invocation.cost.source"] == "unpriced"
    assert "invocation.cost.total" not in chat
    assert run.cost_usd is None
    assert recording.of("invoke_agent")[0]["invocation.run.unpriced"] == 1


def test_what_the_provider_says_a_call_cost_wins_over_the_price_list(recording: Recording) -> None:
    with invocation("a") as run, run.round(provider="openai", model="gpt-4o-mini") as round_:
        round_.respond("hi", input_tokens=1000, output_tokens=5, cost_usd=0.1234567891)

    assert run.cost_usd == 0.123456789
    assert recording.of("chat")[0]["invocation.cost.source"] == "provider"


def test_usage_that_breaks_the_token_rule_is_flagged_and_not_priced(recording: Recording) -> None:
    """Anthropic's own input_tokens leaves the cached ones out: adding them wrongly must not become a wrong price."""
    with invocation("a") as run, run.round(provider="anthropic", model="claude-sonnet-4-5") as round_:
        round_.respond("hi", input_tokens=10, output_tokens=5, cache_read_tokens=100)

    [chat] = recording.of("chat")
    assert chat["invocation.usage.valid"] is False
    assert chat["invocation.cost.source"] == "unpriced"
    assert run.cost_usd is None


@pytest.mark.parametrize(
    ("error", "status", "error_type"),
    [
        (ValueError("no"), "failed", "ValueError"),
        (TimeoutError("slow"), "timeout", "TimeoutError"),
        (asyncio.CancelledError(), "cancelled", "asyncio.exceptions.CancelledError"),
        (KeyboardInterrupt(), "cancelled", "KeyboardInterrupt"),
    ],
)
def test_a_run_that_raises_says_how_it_ended(
    recording: Recording, error: BaseException, status: str, error_type: str
) -> None:
    with pytest.raises(type(error)), invocation("a") as run:
        raise error

    [agent] = recording.of("invoke_agent")
    assert (run.status, agent["invocation.status"], agent["error.type"]) == (status, status, error_type)


def test_a_run_inside_a_run_knows_its_parent_and_inherits_whose_it_is(recording: Recording) -> None:
    with (
        invocation("outer", tenant="acme", user_id="7", triggered_by="user", session_id="s") as outer,
        invocation("middle") as middle,
        invocation("inner", user_id="8") as inner,
        inner.round(provider="p", model="m"),
    ):
        pass

    attributes = {span["gen_ai.agent.name"]: span for span in recording.of("invoke_agent")}
    assert "invocation.parent_run.id" not in attributes["outer"]
    assert attributes["middle"]["invocation.parent_run.id"] == outer.id
    assert attributes["inner"]["invocation.parent_run.id"] == middle.id
    assert {span["invocation.root_run.id"] for span in attributes.values()} == {outer.id}
    assert {span["invocation.tenant"] for span in attributes.values()} == {"acme"}
    assert attributes["inner"]["user.id"] == "8"
    assert recording.of("chat")[0]["invocation.run.id"] == inner.id
    assert (outer.rounds, middle.rounds, inner.rounds) == (0, 0, 1)


def test_a_scope_fills_in_what_a_run_does_not_say(recording: Recording) -> None:
    with (
        invocation_otel.scope(tenant="acme", user_id="7"),
        invocation_otel.scope(trigger="user", user_id="8"),
        invocation("a"),
        invocation("b", triggered_by="system", tenant="other"),
    ):
        pass
    with invocation("c", celery_task_id="t-1"):
        pass

    told_by = {
        span["gen_ai.agent.name"]: (span["invocation.tenant"], span.get("user.id"), span["invocation.trigger"])
        for span in recording.of("invoke_agent")
    }
    assert told_by == {
        "a": ("acme", "8", "user"),
        "b": ("other", "8", "system"),
        "c": ("default", None, "task"),
    }


def test_a_run_announces_itself_before_it_ends(recording: Recording) -> None:
    with invocation("slow") as run:
        [announced] = recording.announced
        assert told(announced)["invocation.run.id"] == run.id
        assert recording.spans == []
    [agent] = recording.spans
    assert announced.parent == agent.context
    assert announced.start_time == announced.end_time == agent.start_time


def test_a_run_id_is_a_uuid7_that_tells_the_runs_start(recording: Recording) -> None:
    with invocation("a") as run:
        assert RUN_ID.fullmatch(run.id)
    [agent] = recording.spans
    assert int(run.id[4:16], 16) == (agent.start_time or 0) // 1_000_000


def test_files_are_told_with_size_and_hash_and_urls_without_their_password(recording: Recording, tmp_path: Any) -> None:
    path = tmp_path / "a b.pdf"
    path.write_bytes(b"%PDF")
    files = [
        File.from_path(path),
        File.from_bytes(b"", name="empty.png"),
        File.from_url("https://u:secret@x.org/c.csv?d=1"),
    ]
    with invocation("a", files=files):
        pass

    digest = "315d429b7714cedb6ad04ac31240145257692630457f3c88253c5beceac76027"
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    told_files = recording.of("invoke_agent")[0]["invocation.files"]
    assert told_files == (
        f'[{{"name":"a b.pdf","media_type":"application/pdf","bytes":4,"sha256":"{digest}","source":"path",'
        f'"uri":"{path.as_uri()}","mirrored":false}},'
        f'{{"name":"empty.png","media_type":"image/png","bytes":0,"sha256":"{empty}","source":"bytes","uri":"",'
        '"mirrored":false},'
        '{"name":"c.csv","media_type":"text/csv","bytes":null,"sha256":null,"source":"url",'
        '"uri":"https://x.org/c.csv?d=1","mirrored":false}]'
    )


def test_a_tool_call_belongs_to_the_round_that_asked_for_it(recording: Recording) -> None:
    """Two rounds may be over before the first one's tools are run."""
    answer = {"role": "assistant", "tool_calls": [{"id": "c1", "function": {"name": "t", "arguments": "{}"}}]}
    with invocation("a") as run:
        with run.round(provider="p", model="m") as first:
            first.respond(answer, input_tokens=1, output_tokens=1)
        with run.round(provider="p", model="m") as second:
            second.respond("later", input_tokens=1, output_tokens=1)
        with run.tool("t", call_id="c1"), run.tool("u"):
            pass

    rounds = {call["gen_ai.tool.name"]: call["invocation.round.index"] for call in recording.of("execute_tool")}
    assert rounds == {"t": 1, "u": 2}


def test_every_kind_of_function_can_be_a_run(recording: Recording) -> None:
    def inside() -> str:
        return invocation_otel.current_run().agent

    @invocation("plain")
    def plain() -> str:
        return inside()

    @invocation("coroutine")
    async def coroutine() -> str:
        await asyncio.sleep(0)
        return inside()

    @invocation("generator")
    def generator() -> Generator[str, str, str]:
        sent = yield inside()
        yield sent
        return inside()

    @invocation("async generator")
    async def async_generator() -> AsyncGenerator[str, str]:
        sent = yield inside()
        await asyncio.sleep(0)
        yield sent

    async def consume() -> list[str]:
        items = async_generator()
        return [await anext(items), await items.asend("sent"), *[item async for item in items]]

    def drain() -> Generator[str, str, str]:
        result = yield from generator()
        return result

    items = drain()
    assert plain() == "plain"
    assert asyncio.run(coroutine()) == "coroutine"
    assert [next(items), items.send("sent")] == ["generator", "sent"]
    with pytest.raises(StopIteration) as stop:
        next(items)
    assert stop.value.value == "generator"
    assert asyncio.run(consume()) == ["async generator", "sent"]
    assert [(s["gen_ai.agent.name"], s["invocation.status"]) for s in recording.of("invoke_agent")] == [
        ("plain", "success"),
        ("coroutine", "success"),
        ("generator", "success"),
        ("async generator", "success"),
    ]


def test_between_two_items_of_a_generator_its_run_is_not_current(recording: Recording) -> None:
    """Code between two items is the consumer's; a run of its own must not become a child."""

    @invocation("producer")
    def producer() -> Generator[int, None, None]:
        yield 1
        yield 2

    for _ in producer():
        with pytest.raises(UsageError), invocation("consumer"):
            invocation_otel.current_run().round(provider="", model="")
    assert all("invocation.parent_run.id" not in span for span in recording.of("invoke_agent"))


def test_what_a_generator_leaves_attached_does_not_reach_its_consumer(recording: Recording) -> None:
    """An open stream of a client keeps its span current; the consumer's next run must not become its child."""

    @invocation("producer")
    def producer() -> Generator[int, None, None]:
        otel_context.attach(otel_context.set_value("left", "behind"))
        yield 1

    for _ in producer():
        assert otel_context.get_value("left") is None
        with invocation("consumer"):
            pass
    assert all("invocation.parent_run.id" not in span for span in recording.of("invoke_agent"))


def test_a_generator_that_is_not_read_to_its_end_is_cancelled(recording: Recording) -> None:
    closed = []

    @invocation("stream")
    def stream() -> Generator[int, None, None]:
        try:
            yield 1
            yield 2
        finally:
            closed.append(invocation_otel.current_run().agent)

    items = stream()
    next(items)
    items.close()
    assert closed == ["stream"]
    assert [span["invocation.status"] for span in recording.of("invoke_agent")] == ["cancelled"]


def test_a_generator_that_goes_on_although_it_was_left_is_cancelled(recording: Recording) -> None:
    """As those of smolagents do, which tell their last step in a ``finally``."""

    @invocation("stream")
    def stream() -> Generator[int, None, None]:
        try:
            yield 1
        finally:
            yield 2

    @invocation("async stream")
    async def async_stream() -> AsyncGenerator[int, None]:
        try:
            yield 1
        finally:
            yield 2

    async def left() -> None:
        items = async_stream()
        await anext(items)
        with pytest.raises(RuntimeError, match="async generator ignored GeneratorExit"):
            await items.aclose()

    items = stream()
    next(items)
    with pytest.raises(RuntimeError, match="generator ignored GeneratorExit"):
        items.close()
    asyncio.run(left())
    assert [span["invocation.status"] for span in recording.of("invoke_agent")] == ["cancelled", "cancelled"]


def test_an_error_while_a_generator_is_closed_is_the_run_s(recording: Recording) -> None:
    @invocation("stream")
    def stream() -> Generator[int, None, None]:
        try:
            yield 1
        finally:
            raise ValueError("not saved")

    items = stream()
    next(items)
    with pytest.raises(ValueError, match="not saved"):
        items.close()
    assert [span["error.type"] for span in recording.of("invoke_agent")] == ["ValueError"]


def test_an_error_thrown_into_a_generator_reaches_its_code(recording: Recording) -> None:
    @invocation("stream")
    def stream() -> Generator[str, None, None]:
        try:
            yield "first"
        except KeyError:
            yield "caught"

    items = stream()
    assert [next(items), items.throw(KeyError())] == ["first", "caught"]
    assert list(items) == []
    assert recording.of("invoke_agent")[0]["invocation.status"] == "success"


def test_many_runs_at_once_do_not_mix(recording: Recording) -> None:
    async def one(name: str) -> None:
        async with invocation(name) as run:
            for _ in range(3):
                await asyncio.sleep(0)
                with run.round(provider="p", model=name):
                    await asyncio.sleep(0)

    async def all_of_them() -> None:
        await asyncio.gather(*(one(f"agent {n}") for n in range(50)))

    asyncio.run(all_of_them())
    for span in recording.of("chat"):
        assert span["gen_ai.agent.name"] == span["gen_ai.request.model"]
    assert {span["invocation.run.rounds"] for span in recording.of("invoke_agent")} == {3}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (invocation_otel.current_run, r"No run is active here\. Open one first"),
        (lambda: invocation(""), r"The agent's name is ''; expected a text"),
        (lambda: invocation("a", triggered_by="cron"), r"trigger is 'cron'; expected one of user, system, task"),
        (lambda: invocation("a", user_id=42), r"user_id is 42; expected a text that is not empty, or None"),  # type: ignore[arg-type] # the mistake
        (lambda: invocation("a", files=["a.pdf"]), r"File 'a\.pdf' cannot be read \(No such file"),
        (lambda: File.from_path("/no/such/file"), r"'/no/such/file' cannot be read \(No such file"),
        (lambda: File.from_url("a.pdf"), r"File URL is 'a\.pdf'; expected one such as"),
        (lambda: Prompt("p", template="{shop}").text, r"Prompt 'p' needs the variable 'shop' but has \[\]"),
        (lambda: invocation_otel.instrument("x"), r"instrument\(\) was given 'x'; expected a class"),  # type: ignore[arg-type] # the mistake
    ],
)
def test_wrong_use_says_what_was_expected_and_what_to_do(wrong: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        wrong()


def test_a_round_that_is_told_nonsense_says_so(recording: Recording) -> None:
    with invocation("a") as run, run.round(provider="p", model="m") as round_:
        with pytest.raises(UsageError, match=r"output_tokens is -1; expected a count of tokens, 0 or more"):
            round_.respond("x", input_tokens=1, output_tokens=-1)
        with pytest.raises(UsageError, match=r"cost_usd is nan; expected US dollars, 0 or more"):
            round_.respond("x", cost_usd=float("nan"))
        with pytest.raises(UsageError, match=r"model is None; expected a text"):
            run.round(provider="p", model=None)  # type: ignore[arg-type] # the mistake
    with pytest.raises(UsageError, match=rf"Run {run.id} has ended, so it takes no further round"):
        run.round(provider="p", model="m")
    with pytest.raises(UsageError, match=r"This round has not started"):
        invocation("b").start().round(provider="p", model="m").respond("x")
    assert recording.handle.flush()


def test_without_configure_the_agent_works_and_is_told_once() -> None:
    """In a process of its own, since this one has a provider."""
    import subprocess  # noqa: PLC0415 - only here
    import sys  # noqa: PLC0415 - only here

    code = (
        "import invocation_otel as io\n"
        "for _ in range(2):\n"
        "    with io.invocation('a') as run, run.round(provider='p', model='m') as r: r.respond('x', input_tokens=1)\n"
        "print(run.status)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "success\n"
    assert done.stderr.count("Agent runs are not recorded: call invocation_otel.configure() first") == 1
