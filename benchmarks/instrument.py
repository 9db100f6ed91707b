"""What recording `openai` and `anthropic` adds to a call and to a chunk of a stream: `python benchmarks/instrument.py`.

Each variant runs in a process of its own, all in turns and several times, against the local server in yet another
process: *bare* is the client alone, *ours* is `configure()`, *official* is the official OpenTelemetry package with the
SDK's BatchSpanProcessor, content on the span. All send to the same endpoint. Told is the CPU time of all threads of the
process beyond that of *bare*, for a call and for a chunk, and how long the caller's thread was held.

Budgets (issue 7): ours at most 300 µs CPU for a call, at most 3 µs for a chunk.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

CALL_BUDGET_US, CHUNK_BUDGET_US = 300.0, 3.0
VARIANTS = ("bare", "ours", "official")
LIBRARIES = ("openai", "anthropic")
CHUNKS = (20, 420)
"""A short and a long stream: their difference is what a chunk costs."""

WORDS_PER_CHUNK = 3
QUESTION = "Where is my order? " * 100


def measure(variant: str, library: str, url: str, sink_url: str, calls: int) -> dict[str, float]:
    """CPU and caller's microseconds of a plain call, and of a chunk, in this process."""
    flush = _switch_on(variant, library, sink_url)
    ask = _asking(library, url)
    short, long = CHUNKS
    for chunks in (0, short):
        _timed(ask, chunks, calls // 4, flush)
    plain = _timed(ask, 0, calls, flush)
    ends = [_timed(ask, chunks, calls // 4, flush) for chunks in (short, long)]
    per_chunk = [(ends[1][unit] - ends[0][unit]) / (long - short) for unit in (0, 1)]
    return {"call cpu": plain[0], "call held": plain[1], "chunk cpu": per_chunk[0], "chunk held": per_chunk[1]}


def _timed(ask: Callable[[int], None], chunks: int, calls: int, flush: Callable[[], Any]) -> tuple[float, float]:
    flush()
    cpu_s, held_s = time.process_time(), 0.0
    for _ in range(calls):
        started_s = time.thread_time()
        ask(chunks)
        held_s += time.thread_time() - started_s
    flush()
    return (time.process_time() - cpu_s) / calls * 1e6, held_s / calls * 1e6


def _switch_on(variant: str, library: str, sink_url: str) -> Callable[[], Any]:
    if variant == "ours":
        import invocation_otel  # noqa: PLC0415 - the bare client must not have it in its process

        return invocation_otel.configure(service_name="ours", endpoint=sink_url).flush
    if variant == "official":
        return _official(library, sink_url)
    return lambda: None


def _official(library: str, sink_url: str) -> Callable[[], Any]:
    import os  # noqa: PLC0415 - see above
    from importlib import import_module  # noqa: PLC0415

    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "span_only"
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{sink_url}/v1/traces")))
    module = import_module(f"opentelemetry.instrumentation.genai.{library}")
    name = {"openai": "OpenAIInstrumentor", "anthropic": "AnthropicInstrumentor"}[library]
    getattr(module, name)().instrument(tracer_provider=provider)
    return provider.force_flush


def _asking(library: str, url: str) -> Callable[[int], None]:
    """One call: plain for 0, else a stream of that many chunks of text."""
    if library == "openai":
        import openai  # noqa: PLC0415 - only the library that is measured is loaded

        create: Any = openai.OpenAI(base_url=url, api_key="key").chat.completions.create
        given: dict[str, Any] = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": QUESTION}]}
    else:
        import anthropic  # noqa: PLC0415 - see above

        create = anthropic.Anthropic(base_url=url, api_key="key").messages.create
        given = {
            "model": "claude-opus-4-5",
            "max_tokens": 9000,
            "messages": [{"role": "user", "content": QUESTION}],
        }

    def ask(chunks: int) -> None:
        if not chunks:
            create(**given)
            return
        asked = [{"role": "user", "content": f"{chunks} chunks"}]
        for _ in create(**{**given, "messages": asked, "stream": True}):
            pass

    return ask


def serve() -> None:
    """The providers' server, until its input ends; says its addresses first."""
    from invocation_otel.demo.providers import ProviderServer  # noqa: PLC0415 - not in the process that is measured
    from invocation_otel.demo.script import Reply, Request  # noqa: PLC0415

    def script(request: Request) -> Reply:
        chunks = int(request.question.split()[0]) if request.stream else 10
        return Reply(text="word " * (WORDS_PER_CHUNK * chunks), input_tokens=1000, output_tokens=20)

    with ProviderServer(script, api_key="key") as server:
        sys.stdout.write(f"{server.openai_url} {server.anthropic_url}\n")
        sys.stdout.flush()
        sys.stdin.read()


def _child(*arguments: str) -> dict[str, float]:
    ended = subprocess.run([sys.executable, __file__, *arguments], capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(ended.stdout)
    return found


def compare(*, rounds: int, calls: int) -> dict[str, dict[str, dict[str, float]]]:
    """The least of *rounds* turns, by library and variant, of what a call and a chunk cost beyond the bare client."""
    from sink import sink  # noqa: PLC0415 - a script beside this one

    with ExitStack() as stack:
        server = stack.enter_context(
            subprocess.Popen(
                [sys.executable, __file__, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        )
        assert server.stdout
        assert server.stdin
        urls = dict(zip(LIBRARIES, server.stdout.readline().split(), strict=True))
        endpoint = stack.enter_context(sink())
        told: dict[str, dict[str, list[dict[str, float]]]] = {
            library: {variant: [] for variant in VARIANTS} for library in LIBRARIES
        }
        for _ in range(rounds):
            for library in LIBRARIES:
                for variant in VARIANTS:
                    told[library][variant].append(
                        _child("measure", variant, library, urls[library], endpoint, str(calls))
                    )
        server.stdin.close()
    return {library: _beyond_bare(of_library) for library, of_library in told.items()}


def _beyond_bare(told: dict[str, list[dict[str, float]]]) -> dict[str, dict[str, float]]:
    # Whatever else the machine does adds to the CPU time of a turn, and nothing takes away from it.
    least = {variant: {name: min(one[name] for one in found) for name in found[0]} for variant, found in told.items()}
    bare = least["bare"]
    more = {v: {name: value - bare[name] for name, value in least[v].items()} for v in VARIANTS if v != "bare"}
    return {"bare": bare, **more}


def show(found: dict[str, dict[str, dict[str, float]]]) -> bool:
    """Print the table; whether ours is within its budgets."""
    for library, of_library in found.items():
        for variant, told in of_library.items():
            figures = ", ".join(f"{name} {value:8.1f} µs" for name, value in told.items())
            print(f"{library:10}{variant if variant == 'bare' else '+ ' + variant:12}{figures}")
    ours = [of_library["ours"] for of_library in found.values()]
    return all(told["call cpu"] <= CALL_BUDGET_US and told["chunk cpu"] <= CHUNK_BUDGET_US for told in ours)


def main() -> int:
    """Run one side in this process, or all of them."""
    if sys.argv[1:2] == ["serve"]:
        serve()
        return 0
    if sys.argv[1:2] == ["measure"]:
        variant, library, url, endpoint, calls = sys.argv[2:]
        print(json.dumps(measure(variant, library, url, endpoint, int(calls))))
        return 0
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--calls", type=int, default=80)
    options = parser.parse_args()
    kept = show(compare(rounds=options.rounds, calls=options.calls))
    print(f"budgets of {CALL_BUDGET_US:.0f} µs and {CHUNK_BUDGET_US:.0f} µs: {'kept' if kept else 'BROKEN'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
