"""How much of a run leaves the process: by tenant, by scope and by call, with secrets taken out."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

import invocation_otel
from conftest import Recording, told
from invocation_otel import File, Redaction, invocation, scope
from invocation_otel.deliver.limits import Limits
from invocation_otel.errors import SettingsError, UsageError
from invocation_otel.record.guard import failures

SECRET = "sk-proj-abcdefghij0123456789"
WORD = "Zanzibar"


@pytest.fixture
def configured(global_provider: TracerProvider) -> Iterator[Any]:
    """`configure` with the options that a test gives."""
    handles = []

    def configure(**options: Any) -> Recording:
        exporter = InMemorySpanExporter()
        handles.append(invocation_otel.configure(tracer_provider=global_provider, exporter=exporter, **options))
        return Recording(handles[0], exporter)

    yield configure
    handles[0].shutdown()


def talk(text: str, **options: Any) -> None:
    """A run that says *text* in every place where something can be said."""
    with (
        suppress(ValueError),
        invocation(
            "support",
            user_id="42",
            session_id="s1",
            variables={"note": text},
            files=[File.from_url(f"https://example.org/{text}.txt")],
            **options,
        ) as run,
    ):
        with run.round(
            provider="openai",
            model="gpt-4o-mini",
            system=text,
            messages=text,
            tools=[{"name": "f", "description": text}],
            params={"temperature": 0.5, "stop": text},
        ) as round_:
            round_.respond(text, input_tokens=1000, output_tokens=10)
        with run.tool("f", arguments={"x": text}) as tool:
            tool.result(text)
        raise ValueError(f"refused {text}")


def everything(recording: Recording) -> str:
    spans = [*recording.spans, *recording.announced]
    return "\n".join(
        [str(told(span)) for span in spans]
        + [str(span.status.description) for span in spans]
        + [str(dict(event.attributes or {})) for span in spans for event in span.events]
    )


def test_by_default_everything_is_kept_but_secrets(recording: Recording) -> None:
    talk(f"{WORD} {SECRET}")
    said = everything(recording)
    assert SECRET not in said
    assert said.count(f"{WORD} sk-[redacted: API key]") == 13
    [run] = recording.of("invoke_agent")
    assert run["invocation.run.input_tokens"] == 1000
    assert "invocation.capture" not in run


def test_metadata_keeps_figures_names_and_ids_and_nothing_that_was_said(recording: Recording) -> None:
    talk(WORD, capture="metadata")
    assert WORD not in everything(recording)
    [run], [chat], [tool] = recording.of("invoke_agent"), recording.of("chat"), recording.of("execute_tool")
    assert run["invocation.capture"] == chat["invocation.capture"] == tool["invocation.capture"] == "metadata"
    assert (run["user.id"], run["gen_ai.conversation.id"], run["error.type"]) == ("42", "s1", "ValueError")
    assert (run["invocation.run.input_tokens"], run["invocation.run.cost"]) == (1000, 0.000156)
    assert chat["invocation.request.params"] == '{"temperature":0.5}'
    [file] = json.loads(run["invocation.files"])
    assert (file["name"], file["uri"], file["media_type"]) == ("", "", "text/plain")
    assert tool["gen_ai.tool.name"] == "f"
    [event] = recording.spans[-1].events
    assert dict(event.attributes or {}) == {"exception.type": "ValueError"}


def test_none_keeps_that_it_ran_and_what_it_cost(recording: Recording) -> None:
    talk(WORD, capture="none", tenant="acme")
    assert WORD not in everything(recording)
    [run] = recording.of("invoke_agent")
    identity = {name: run.pop(name) for name in ("invocation.run.id", "invocation.root_run.id")}
    assert set(identity.values()) == {identity["invocation.run.id"]}
    assert run == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "support",
        "invocation.tenant": "acme",
        "invocation.trigger": "system",
        "invocation.capture": "none",
        "invocation.status": "failed",
        "error.type": "ValueError",
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
    assert [set(told(span)) & {"user.id", "gen_ai.conversation.id"} for span in recording.announced] == [set()]


def test_a_call_wins_over_a_scope_and_a_scope_over_the_process_but_a_tenants_mode_is_a_limit(configured: Any) -> None:
    recording = configured(capture={"*": "metadata", "acme": "metadata", "quiet": "none"})

    def mode(**options: Any) -> str:
        with invocation("a", **options) as run:
            return str(run.capture)

    assert mode() == "metadata"
    assert mode(capture="full") == "full"
    assert mode(tenant="acme", capture="full") == "metadata"
    assert mode(tenant="acme", capture="none") == "none"
    assert mode(tenant="quiet") == mode(tenant="quiet", capture="full") == "none"
    with scope(capture="none"):
        assert mode() == "none"
        assert mode(capture="full") == "full"
        with invocation("outer", capture="metadata"):
            assert mode() == "metadata"  # what a run says holds for those inside it
    assert recording.handle.flush(10)


def test_the_environment_says_how_much_is_kept(configured: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOCATION_CAPTURE", "metadata, acme=none")
    configured()
    with invocation("a") as run, invocation("b", tenant="acme") as inner:
        assert (run.capture, inner.capture) == ("metadata", "none")


def test_a_mode_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="capture is 'all'; expected one of full, metadata, none"):
        invocation("a", capture="all")  # type: ignore[arg-type] # the mistake
    with pytest.raises(UsageError, match="capture of 'acme' is 'all'"):
        invocation_otel.configure(capture={"acme": "all"})  # type: ignore[dict-item] # the mistake
    monkeypatch.setenv("INVOCATION_CAPTURE", "acme=all")
    with pytest.raises(SettingsError, match="INVOCATION_CAPTURE is 'all'"):
        invocation_otel.configure()


def test_spans_of_others_are_redacted_too(recording: Recording) -> None:
    tracer = recording.handle.provider.get_tracer("theirs")
    url, number = "https://u:hunter2@x.org", 4111111111111111
    attributes: dict[str, Any] = {"url.full": url, "list": [SECRET], "n": number, "user.id": "42"}
    with tracer.start_as_current_span("GET", attributes=attributes) as span:
        span.add_event("said", {"text": SECRET})
        span.set_status(StatusCode.ERROR, SECRET)
    [got] = recording.spans
    assert SECRET not in everything(recording)
    assert told(got)["url.full"] == "https://u:[redacted: password]@x.org"
    assert (told(got)["n"], told(got)["user.id"]) == (4111111111111111, "42")
    assert got.status.description == "sk-[redacted: API key]"


def test_redaction_can_be_turned_off(configured: Any) -> None:
    recording = configured(redaction=None)
    talk(SECRET)
    assert SECRET in everything(recording)


def test_where_redaction_fails_no_text_is_kept(configured: Any, caplog: pytest.LogCaptureFixture) -> None:
    recording = configured(redaction=Redaction(patterns=(object(),)))  # type: ignore[arg-type] # the mistake
    talk(WORD)
    assert WORD not in everything(recording)
    [run] = recording.of("invoke_agent")
    assert run["invocation.run.input_tokens"] == 1000
    assert set(failures) == {"taking secrets out of a span", "taking secrets out of an error"}
    failures.clear()
    caplog.clear()


def test_nothing_that_is_not_kept_is_ever_on_the_disk(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    handle = invocation_otel.configure(
        endpoint="http://127.0.0.1:9",
        tracer_provider=TracerProvider(),
        limits=Limits(spool="always", spool_folder=spool, exit_timeout_s=0.1),
    )
    talk(f"{WORD} {SECRET}")
    talk(f"other {WORD}{WORD}", capture="metadata")
    handle.shutdown()
    written = b"".join(file.read_bytes() for file in spool.rglob("*") if file.is_file())
    assert WORD.encode() in written
    assert SECRET.encode() not in written
    assert (WORD + WORD).encode() not in written
