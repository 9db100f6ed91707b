"""What the arguments of an agent's call say about its run, under our names, the agent's own, or by a function."""

import hashlib
import io
import json
import logging
import uuid
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from conftest import Recording
from invocation_otel import File, current_run, instrument
from invocation_otel.errors import UsageError
from invocation_otel.record.guard import failures


class Trigger(Enum):
    """A program's own words."""

    USER = "User"


def test_an_argument_with_a_name_of_its_own_is_mapped_to_the_fact_that_it_is(recording: Recording) -> None:
    class Client:
        def run(self, text: str, *, user_ref: int, by: Trigger, thread: uuid.UUID | None = None) -> tuple[Any, ...]:
            return text, user_ref, by, thread

    instrument(Client, arguments={"user_ref": "user_id", "by": "triggered_by", "thread": "session_id", "org": "tenant"})
    thread = uuid.UUID(int=7)
    answer = Client().run("hi", user_ref=42, by=Trigger.USER, thread=thread, org="acme")  # type: ignore[call-arg] # ours
    assert answer == ("hi", 42, Trigger.USER, thread)
    [run] = recording.of("invoke_agent")
    facts = ("user.id", "invocation.trigger", "gen_ai.conversation.id", "invocation.tenant")
    assert [run[fact] for fact in facts] == ["42", "user", str(thread), "acme"]


def test_a_function_reads_the_facts_from_the_call(recording: Recording) -> None:
    class Router:
        def run(self, key: str, request: dict[str, Any], limit: int = 3) -> str:
            return f"{key} {request['user']} {limit}"

    def facts(said: Any) -> dict[str, Any]:
        return {
            "agent": said["key"],
            "user_id": said["request"]["user"],
            "session_id": None,
            "external_id": said["limit"],
        }

    instrument(Router, arguments=facts)
    assert Router().run("billing", request={"user": 7}) == "billing 7 3"
    [run] = recording.of("invoke_agent")
    assert (run["gen_ai.agent.name"], run["user.id"], run["invocation.external_id"]) == ("billing", "7", "3")
    assert "gen_ai.conversation.id" not in run


def test_what_the_method_would_use_by_itself_is_a_fact_too(recording: Recording) -> None:
    class Defaulting:
        def run(self, triggered_by: str = "user", user_id: str = "") -> str:
            return triggered_by + user_id

    instrument(Defaulting)
    assert Defaulting().run() == "user"
    assert Defaulting().run("system") == "system"
    told = recording.of("invoke_agent")
    assert [run["invocation.trigger"] for run in told] == ["user", "system"]
    assert [run for run in told if "user.id" in run] == []


def test_arguments_of_the_same_name_with_another_meaning_leave_the_agent_alone(
    recording: Recording, caplog: pytest.LogCaptureFixture
) -> None:
    class Foreign:
        def run(self, user_prompt: str, memory: object, user_id: object, triggered_by: str) -> tuple[Any, ...]:
            return user_prompt, type(memory), user_id, triggered_by

    instrument(Foreign)
    with caplog.at_level(logging.WARNING, "invocation_otel"):
        for _ in range(2):
            assert Foreign().run("hi", object(), {"id": 7}, "cron") == ("hi", object, {"id": 7}, "cron")
    told = recording.of("invoke_agent")
    assert [run["invocation.trigger"] for run in told] == ["system", "system"]
    assert [record.getMessage().partition(": ")[2] for record in caplog.records] == [
        f"{name}, which cannot be recorded; say what it is with instrument(…, arguments=…)."
        for name in ("triggered_by is 'cron'", "user_id is {'id': 7}")
    ]


def test_a_wrong_value_that_is_meant_for_the_record_alone_is_told_to_the_caller(recording: Recording) -> None:
    class Plain:
        def run(self) -> None:
            raise AssertionError

    instrument(Plain)
    with pytest.raises(UsageError, match="trigger is 'cron'; expected one of user, system, task"):
        Plain().run(triggered_by="cron")  # type: ignore[call-arg] # the mistake
    assert recording.of("invoke_agent") == []


def test_a_function_of_the_user_s_that_fails_costs_the_facts_and_not_the_run(
    recording: Recording, caplog: pytest.LogCaptureFixture
) -> None:
    class Plain:
        def run(self, user_id: str) -> str:
            return user_id

    instrument(Plain, arguments=lambda said: {"session_id": said["no such argument"]})
    assert Plain().run("7") == "7"
    [run] = recording.of("invoke_agent")
    assert run["user.id"] == "7"
    assert recording.handle.stats().failures == {"reading the arguments of a run": 1}
    _expected(caplog, "invocation_otel failed while reading the arguments of a run")


def test_files_are_told_as_paths_addresses_or_files(recording: Recording, tmp_path: Path) -> None:
    class Reader:
        def run(self, files: list[Any]) -> int:
            return len(files)

    instrument(Reader)
    path = tmp_path / "a.txt"
    path.write_text("12")
    assert Reader().run([path, str(path), "https://u:p@example.org/b.pdf", File.from_bytes(b"c", name="c.png")]) == 4
    [run] = recording.of("invoke_agent")
    assert run["invocation.files"].count('"name":"a.txt"') == 2
    assert '"uri":"https://example.org/b.pdf"' in run["invocation.files"]
    assert '"name":"c.png"' in run["invocation.files"]


class Document:
    """No stream, but something that has a name and can be read."""

    name = "contract.txt"

    def read(self) -> str:
        return "We agree."


class Failing(io.BytesIO):
    """A stream whose disk fails."""

    def read(self, size: int | None = -1, /) -> bytes:
        raise OSError(f"no {size} bytes")


class Arriving:
    """A stream that is read by coroutines, and only so."""

    name = "arriving.txt"

    async def read(self) -> bytes:
        return b""


def test_whatever_has_a_name_and_can_be_read_is_a_file(recording: Recording) -> None:
    class Reader:
        def run(self, files: list[Any]) -> list[str]:
            return [file.read() for file in files]

    instrument(Reader)
    text = io.StringIO("some text")
    text.seek(5)
    assert Reader().run([Document(), text]) == ["We agree.", "text"]
    [run] = recording.of("invoke_agent")
    told = [(file["name"], file["bytes"], file["sha256"]) for file in json.loads(run["invocation.files"])]
    digests = [hashlib.sha256(content).hexdigest() for content in (b"We agree.", b"some text")]
    assert told == [("contract.txt", 9, digests[0]), ("unnamed", 9, digests[1])]


def test_a_file_that_cannot_be_read_costs_neither_the_run_nor_the_other_files(
    recording: Recording, caplog: pytest.LogCaptureFixture
) -> None:
    class Reader:
        def run(self, files: Any) -> Any:
            return files

    instrument(Reader)
    given = [Failing(b"x"), Document(), Arriving()]
    assert Reader().run(given) is given
    [first] = recording.of("invoke_agent")  # now: a run with files arrives when they are read, maybe after the next one
    assert [file["name"] for file in json.loads(first["invocation.files"])] == ["contract.txt"]
    assert list(Reader().run(file for file in given)) == given
    _, second = recording.of("invoke_agent")
    assert "invocation.files" not in second
    assert len(caplog.records) == 1
    assert "Reader.run: files is [" in caplog.text


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (
            Failing(b"x"),
            r"which cannot be read \(OSError: no \d+ bytes\); read it and hand over what it held with File",
        ),
        (Arriving(), "The stream of file 'arriving.txt' is read by coroutines; read it and use File.from_bytes."),
    ],
)
def test_a_file_that_cannot_be_read_is_told_to_whoever_hands_it_over(file: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        File.of(file)


def test_a_fact_that_does_not_exist_is_refused_when_it_is_named() -> None:
    class Plain:
        def run(self) -> None: ...

    with pytest.raises(UsageError, match="arguments names 'user'; expected one of agent, triggered_by, tenant,"):
        instrument(Plain, arguments={"user_ref": "user"})


@dataclass
class Result:
    """What an agent gives back."""

    text: str
    cost_usd: float | None = None


def test_a_result_with_an_empty_place_for_the_cost_gets_the_run_s(recording: Recording) -> None:
    class Priced:
        def run(self, cost_usd: float | None = None) -> Result:
            with current_run().round(provider="openai", model="gpt-4o-mini") as round_:
                round_.respond("x", input_tokens=1000, output_tokens=100, cost_usd=0.25)
            return Result("x", cost_usd)

        async def arun(self) -> Result:
            return self.run()

        def stream(self) -> Any:
            yield "x"
            return self.run()

    instrument(Priced)
    assert Priced().run() == Result("x", 0.25)
    assert Priced().run(cost_usd=0.5) == Result("x", 0.5)

    def drain() -> Any:
        return (yield from Priced().stream())

    stream = drain()
    assert next(stream) == "x"
    with pytest.raises(StopIteration) as stopped:
        next(stream)
    assert stopped.value.value == Result("x", 0.25)
    assert len(recording.of("invoke_agent")) == 3


def _expected(caplog: pytest.LogCaptureFixture, message: str) -> None:
    assert [record.getMessage().startswith(message) for record in caplog.records] == [True]
    caplog.clear()
    failures.clear()
