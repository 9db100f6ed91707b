"""Runs the scenarios of one library inside its own virtual environment and writes down what was recorded.

    python matrix_inside.py on_openai results.json [scenario …] [--first MODULE] [--then MODULE]

Needs nothing but `invocation_otel` and the library. `README.md` says how a scenario file looks.
"""

import argparse
import asyncio
import importlib
import inspect
import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import invocation_otel
from invocation_otel.deliver.batch import is_own
from invocation_otel.demo.providers import ProviderServer
from invocation_otel.demo.script import Failure, Reply, Request, Script, ToolCall
from matrix_providers import PROVIDERS

SYSTEM = "Be brief."
QUESTION = "Where is order 7?"
ANSWER = "It left our warehouse this morning."
TOOL = "lookup"
TOOL_ARGUMENTS = {"order": 7}
TOOL_RESULT = "shipped"
USAGE: dict[str, Any] = {"input_tokens": 1000, "output_tokens": 20, "cache_read_tokens": 400}
EVENT_DELAY_S = 0.02


def reply(_request: Request) -> Reply:
    """The answer, of 1000 input tokens (400 of them cached) and 20 output tokens; streamed with a pause each event."""
    return Reply(text=ANSWER, event_delay_s=EVENT_DELAY_S, **USAGE)


def tool_loop(request: Request) -> Reply:
    """Asks for the tool first, and answers when it has the result; the tokens of `reply` both times."""
    return reply(request) if request.tool_results else Reply(tool_calls=(_CALL,), **USAGE)


_CALL = ToolCall(name=TOOL, arguments=TOOL_ARGUMENTS, id="call_0123456789")


def refused(_request: Request) -> Failure:
    """What the provider says to a request that it does not accept."""
    return Failure(status=400, message="This model takes no such parameter.")


def silent(_request: Request) -> Reply:
    """Answers after everybody has given up."""
    return Reply(text=ANSWER, delay_s=30)


SCRIPTS: dict[str, Script] = {"tools": tool_loop, "agent": tool_loop, "error": refused, "cancel": silent}
"""What the server answers in the scenario of that name; `reply` in all others. A scenario may set `world.script`."""


class World:
    """What a scenario is given: the server that speaks the providers' protocols, and what it answers."""

    def __init__(self) -> None:
        self.script: Script = reply
        self.server = ProviderServer(self._answer, providers=PROVIDERS)
        self.api_key = self.server.api_key

    def _answer(self, request: Request) -> Reply | Failure:
        _asked.set()
        return self.script(request)

    @property
    def openai_url(self) -> str:
        """Base URL for OpenAI's client."""
        return self.server.openai_url

    @property
    def anthropic_url(self) -> str:
        """Base URL for Anthropic's client."""
        return self.server.anthropic_url


_asked = threading.Event()


async def cancelled(coroutine: Any, *, after_s: float = 0.3) -> None:
    """Run *coroutine* as a task and cancel it, as a web server does when its client goes away.

    That is *after_s* after it has asked the server.
    """
    _asked.clear()
    task = asyncio.ensure_future(coroutine)
    while not (_asked.is_set() or task.done()):  # noqa: ASYNC110 - a thread of the server sets it
        await asyncio.sleep(0.01)
    await asyncio.sleep(after_s)
    task.cancel()
    await task


def main(script: str, out: Path, names: list[str], *, first: str | None = None, then: str | None = None) -> None:
    """Run the scenarios *names* (all of them by default) of the module *script*, and write the results to *out*.

    The module *first* is imported before `configure()` is called, the module *then* after it.
    """
    sys.modules["matrix_inside"] = sys.modules["__main__"]
    if first:
        importlib.import_module(first)
    exporter = InMemorySpanExporter()
    with _noted_warnings() as warnings:
        handle = invocation_otel.configure(exporter=exporter)
        if then:
            importlib.import_module(then)
        module = importlib.import_module(script)
        world = World()
        scenarios = {name: function for name, function in _scenarios(module).items() if not names or name in names}
        with world.server:
            results = {name: _result(name, function, world, handle, exporter) for name, function in scenarios.items()}
        handle.shutdown()
    out.write_text(json.dumps({"facts": _facts(module), "scenarios": results, "warnings": warnings}))


def _scenarios(module: ModuleType) -> dict[str, Callable[[World], Any]]:
    """The functions of *module* that take a world, in the order in which they are written."""
    own = {name: f for name, f in vars(module).items() if inspect.isfunction(f) and f.__module__ == module.__name__}
    return {n: f for n, f in own.items() if not n.startswith("_") and [*inspect.signature(f).parameters] == ["world"]}


def _facts(module: ModuleType) -> dict[str, Any]:
    told = {name: value for name, value in vars(module).items() if name.isupper() and name not in globals()}
    return {name: value for name, value in told.items() if isinstance(value, str | int | float | dict)}


def _result(
    name: str,
    function: Callable[[World], Any],
    world: World,
    handle: invocation_otel.Handle,
    exporter: InMemorySpanExporter,
) -> dict[str, Any]:
    exporter.clear()
    world.script = SCRIPTS.get(name, reply)
    raised = None
    try:
        asyncio.run(function(world)) if inspect.iscoroutinefunction(function) else function(world)
    except BaseException as error:  # noqa: BLE001 - what a scenario ends with is a result
        raised = f"{type(error).__module__}.{type(error).__qualname__}: {error}"
    handle.flush()
    return _recorded(exporter) | {"raised": raised, "failures": handle.stats().failures}


def _recorded(exporter: InMemorySpanExporter) -> dict[str, Any]:
    """What arrived, by kind, each in the order in which it started: attributes, and name and parent of the span.

    Without announcements and reports, of which a slow scenario has more.
    """
    spans = sorted(exporter.get_finished_spans(), key=lambda span: span.start_time or 0)
    told = [_told(span) for span in spans if not is_own(span.attributes or {})]
    found: dict[str, Any] = {"runs": [], "rounds": [], "tool_calls": [], "others": []}
    for span in told:
        found[_kind(span)].append(span)
    return found


def _kind(told: dict[str, Any]) -> str:
    if "invocation.run.seq" in told and "invocation.round.index" not in told:
        return "runs"
    if "invocation.round.index" in told:
        return "tool_calls" if told["gen_ai.operation.name"] == "execute_tool" else "rounds"
    return "others"


def _told(span: ReadableSpan) -> dict[str, Any]:
    attributes = {name: _decoded(value) for name, value in (span.attributes or {}).items()}
    parent = f"{span.parent.span_id:016x}" if span.parent else None
    own = {"span.name": span.name, "span.id": f"{span.context.span_id:016x}", "span.parent": parent}
    trace = {"span.trace": f"{span.context.trace_id:032x}", "span.status": span.status.status_code.name}
    times = {"span.start_ns": span.start_time, "span.end_ns": span.end_time}
    return {**own, **trace, **times, **attributes}


def _decoded(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) and value[:1] in ("[", "{", '"') else value
    except ValueError:
        return value


@contextmanager
def _noted_warnings() -> Iterator[list[str]]:
    """What we and OpenTelemetry warn about meanwhile."""
    handler = _Noting(logging.WARNING)
    loggers = [logging.getLogger(name) for name in ("invocation_otel", "opentelemetry")]
    for logger in loggers:
        logger.addHandler(handler)
    yield handler.found
    for logger in loggers:
        logger.removeHandler(handler)


class _Noting(logging.Handler):
    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(f"{record.name}: {record.getMessage()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("script")
    parser.add_argument("out", type=Path)
    parser.add_argument("scenarios", nargs="*")
    parser.add_argument("--first")
    parser.add_argument("--then")
    given = parser.parse_args()
    main(given.script, given.out, given.scenarios, first=given.first, then=given.then)
