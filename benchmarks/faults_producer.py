"""What produces spans in `faults.py`: small programs, each a process of its own, on the public API only.

    python faults_producer.py SIDE SCENARIO '{"endpoint": …, "service": …, "out": …, "limits": {…}, …}'

SIDE is `ours` or `raw`: OpenTelemetry's own BatchSpanProcessor and OTLP/HTTP exporter as they are by default. Each
span's id is written into the file OUT once the span has ended, with the time, so that it can be looked for.
"""

import asyncio
import json
import multiprocessing
import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

_really = time.monotonic


def set_the_clock_back_and_forth() -> None:
    """Let time.time() and time.time_ns() jump by hours, ten times a second; before anything reads them."""
    honest, honest_ns = time.time, time.time_ns
    offsets_s = (0, -7 * 3600, 5 * 3600, -86_400, 0, 2 * 3600)

    def offset() -> int:
        return offsets_s[int(_really() * 10) % len(offsets_s)]

    time.time = lambda: honest() + offset()
    time.time_ns = lambda: honest_ns() + offset() * 1_000_000_000


if "clock" in sys.argv[2:3]:
    set_the_clock_back_and_forth()

from opentelemetry import trace  # noqa: E402 - the clock comes first

ANSWER = "It left our warehouse this morning and arrives on Thursday. "


class Told:
    """The file of span ids, written in one piece each time, so that it survives a kill and takes many processes."""

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, ids: list[str], **more: Any) -> None:
        os.write(self._descriptor, (json.dumps({"ids": ids, "at": _really(), **more}) + "\n").encode())


def current_id() -> str:
    return f"{trace.get_current_span().get_span_context().span_id:016x}"


class Ours:
    """What records with this library."""

    def __init__(self, options: dict[str, Any]) -> None:
        import invocation_otel  # noqa: PLC0415 - raw must not pay for it
        from invocation_otel.deliver.limits import Limits  # noqa: PLC0415

        limits = options.get("limits", {})
        if "spool_folder" in limits:
            limits["spool_folder"] = Path(limits["spool_folder"])
        self.invocation = invocation_otel.invocation
        self.handle = invocation_otel.configure(
            service_name=options["service"],
            endpoint=options["endpoint"],
            limits=Limits(**limits),
            instrument=False,
        )
        self.provider = self.handle.provider

    def run(self, *, rounds: int = 3, text: str = "Where is my order? ") -> list[str]:
        """One run with rounds; the ids of its spans, after they ended."""
        ids = []
        with self.invocation("load", triggered_by="system") as run:
            for _ in range(rounds):
                with run.round(provider="openai", model="gpt-4o-mini", messages=[text]) as round_:
                    round_.respond(ANSWER, input_tokens=812, output_tokens=40)
                    ids.append(current_id())
            ids.append(current_id())
        return ids


class Raw:
    """What records with OpenTelemetry alone."""

    def __init__(self, options: dict[str, Any]) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        self.provider = TracerProvider(resource=Resource.create({"service.name": options["service"]}))
        exporter = OTLPSpanExporter(endpoint=f"{options['endpoint']}/v1/traces")
        self.provider.add_span_processor(BatchSpanProcessor(exporter))
        trace.set_tracer_provider(self.provider)

    def run(self, *, rounds: int = 3, text: str = "Where is my order? ") -> list[str]:
        """The same by hand."""
        ids = []
        tracer = trace.get_tracer("load")
        asked = json.dumps([{"role": "user", "parts": [{"type": "text", "content": text}]}])
        answered = json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": ANSWER}]}])
        with tracer.start_as_current_span("invoke_agent load", attributes={"gen_ai.operation.name": "invoke_agent"}):
            for _ in range(rounds):
                with tracer.start_as_current_span("chat", attributes={"gen_ai.input.messages": asked}) as span:
                    span.set_attributes({"gen_ai.output.messages": answered, "gen_ai.usage.input_tokens": 812})
                    ids.append(current_id())
            ids.append(current_id())
        return ids


def burst(side: Ours | Raw, told: Told, options: dict[str, Any]) -> None:
    """Runs at full speed on one thread."""
    ids: list[str] = []
    started = _really()
    for _ in range(options["runs"]):
        ids += side.run()
    told.write(ids, rate=len(ids) / (_really() - started))


def large(side: Ours | Raw, told: Told, options: dict[str, Any]) -> None:
    """Rounds with prompts of a megabyte, and one of many."""
    for _ in range(options["runs"]):
        told.write(side.run(text="prompt " * (options["bytes"] // 7)))
        time.sleep(0.05)
    if options["largest"]:
        told.write(side.run(rounds=1, text="prompt " * (options["largest"] // 7)))


def steady(side: Ours | Raw, told: Told, options: dict[str, Any]) -> None:
    """Runs at a moderate rate for a while; then the program stays for a while, and ends."""
    until = _really() + options["seconds"]
    while _really() < until:
        told.write(side.run(text="Where is my order? " * options.get("repeat", 1)))
        time.sleep(options.get("pause_s", 0.01))
    time.sleep(options.get("stay_s", 0))


clock = steady


def fork(side: Ours | Raw, told: Told, options: dict[str, Any]) -> None:
    """A program that sets everything up and then forks; its children do the work."""
    for _ in range(options["children"]):
        child = os.fork()
        if child == 0:
            told.write(side.run(rounds=2))
            if options["how"] == "os._exit":
                os._exit(0)
            sys.exit(0)
        os.waitpid(child, 0)


def _work(side: Ours | Raw, out: str) -> None:
    Told(out).write(side.run(rounds=2))


def pool(side: Ours | Raw, told: Told, options: dict[str, Any]) -> None:  # noqa: ARG001 - each child opens the file itself
    """Children of multiprocessing, which end by os._exit too."""
    context = multiprocessing.get_context("fork")
    for _ in range(options["children"]):
        child = context.Process(target=_work, args=(side, options["out"]))
        child.start()
        child.join()


def crowd(side: Ours | Raw, told: Told, options: dict[str, Any]) -> None:
    """Many threads, then many tasks, all at once."""
    lock = threading.Lock()
    ids: list[str] = []

    def work() -> None:
        for _ in range(options["runs"]):
            made = side.run()
            with lock:
                ids.extend(made)

    async def task() -> None:
        await asyncio.sleep(0)
        ids.extend(side.run())

    async def tasks() -> None:
        await asyncio.gather(*(task() for _ in range(options["tasks"])))

    threads = [threading.Thread(target=work) for _ in range(options["threads"])]
    for thread in threads:
        thread.start()
    asyncio.run(tasks())
    for thread in threads:
        thread.join()
    told.write(ids)


def throwing(side: Ours | Raw, told: Told, options: dict[str, Any]) -> None:
    """Another processor raises an error at each end of a span; one stands before ours, and one behind."""
    tracer = side.provider.get_tracer("load")
    for _ in range(options["runs"]):
        span = tracer.start_span("load")
        with suppress(RuntimeError):  # the SDK lets it through to whoever ends a span
            span.end()
        told.write([f"{span.get_span_context().span_id:016x}"])


def tidy(side: Ours | Raw, told: Told, options: dict[str, Any]) -> None:
    """An ordinary program on the same machine, some time later."""
    told.write(side.run(rounds=0))
    until = _really() + options["seconds"]
    while _really() < until and any(Path(options["state"]).rglob("*.spans")):
        time.sleep(0.2)


def _with_throwing_processors(make: Any, options: dict[str, Any]) -> Any:
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider  # noqa: PLC0415

    class Throwing(SpanProcessor):
        def on_end(self, span: Any) -> None:  # noqa: ARG002 - whatever it is
            raise RuntimeError("a processor of somebody else")

    provider = TracerProvider(resource=Resource.create({"service.name": options["service"]}))
    provider.add_span_processor(Throwing())
    trace.set_tracer_provider(provider)
    side = make(options)
    if isinstance(side, Raw):  # which has a provider of its own: put the thrower before its processor
        inner = side.provider._active_span_processor  # noqa: SLF001 - to stand before it there is no other way
        inner._span_processors = (Throwing(), *inner._span_processors)  # noqa: SLF001
    side.provider.add_span_processor(Throwing())
    return side


def main(side_name: str, scenario: str, text: str) -> None:
    options = json.loads(text)
    make = {"ours": Ours, "raw": Raw}[side_name]
    side = _with_throwing_processors(make, options) if scenario == "throwing" else make(options)
    if isinstance(side, Ours) and "stats" in options:
        import atexit  # noqa: PLC0415

        atexit.register(lambda: Path(options["stats"]).write_text(repr(side.handle.stats())))
    globals()[scenario](side, Told(options["out"]), options)


if __name__ == "__main__":
    main(*sys.argv[1:4])
