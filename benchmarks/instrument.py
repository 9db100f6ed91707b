"""What recording `openai` and `anthropic` adds to a call and to a chunk of a stream: `python benchmarks/instrument.py`.

The local server's answers are fetched once and then handed to the clients by a transport without a socket, whose noise
would be ten times what is measured. Spans go to an endpoint in another process. CPU time is that of all threads of the
process, until the endpoint has every span.

*Own share* is held to the budgets of issue 7 (300 µs CPU for a call, 3 µs for a chunk). Of a call: `openai`'s client,
recorded and not recorded in turns in one process and inside a run both times; told is the median of the differences,
and what the recorded call takes of the bare one's time. Of a chunk, which takes a hundredth of what the client takes
for it: what our wrapper adds to iterating over `openai`'s own objects, the least of all turns.

*The whole* is told beside it: each variant in a process of its own, in turns. *bare* is the client in a program that
has OpenTelemetry's SDK (`anthropic` then makes spans itself), *ours* is `configure()` and one run around the calls,
*official* is the official OpenTelemetry package, content on the span.
"""

import argparse
import gc
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from importlib import import_module
from statistics import median
from typing import Any

from instrument_clients import QUESTION, asking, serving
from sink import sink

CALL_BUDGET_US, CHUNK_BUDGET_US = 300.0, 3.0
VARIANTS = ("bare", "ours", "official")
LIBRARIES = ("openai", "anthropic")
CHUNKS = (20, 420)
"""A short and a long stream: their difference is what a chunk costs."""

Figures = dict[str, float]


def measure(variant: str, library: str, url: str, sink_url: str, calls: int) -> Figures:
    """CPU and caller's microseconds of a plain call, and of a chunk, in this process."""
    flush = _switch_on(variant, library, sink_url)
    ask = asking(library, url)
    short, long = CHUNKS
    for chunks in (0, short, long):
        _timed(lambda chunks=chunks: ask(chunks), 20, flush, variant)  # type: ignore[misc] # bound now
    _settle_garbage()
    plain = _timed(lambda: ask(0), calls, flush, variant)
    ends = [_timed(lambda chunks=chunks: ask(chunks), calls // 4, flush, variant) for chunks in CHUNKS]  # type: ignore[misc] # see above
    per_chunk = [(ends[1][unit] - ends[0][unit]) / (long - short) for unit in (0, 1)]
    return {"call cpu": plain[0], "call held": plain[1], "chunk cpu": per_chunk[0], "chunk held": per_chunk[1]}


def _settle_garbage() -> None:
    gc.collect()
    gc.freeze()  # else walking what was imported, a second's worth at random moments, drowns all the rest


def _timed(ask: Callable[[], None], calls: int, flush: Callable[[], Any], variant: str) -> tuple[float, float]:
    flush()
    cpu_s, held_s = time.process_time(), 0.0
    with _around(variant):
        for _ in range(calls):
            started_s = time.thread_time()
            ask()
            held_s += time.thread_time() - started_s
    flush()
    return (time.process_time() - cpu_s) / calls * 1e6, held_s / calls * 1e6


def own_share(url: str, sink_url: str, calls: int) -> Figures:
    """Microseconds of CPU that recording adds to a call of *calls* and to a chunk, and how much that is of a call."""
    import invocation_otel  # noqa: PLC0415 - the bare client must not have it in its process
    from invocation_otel.instrument.activate import instrument_libraries, uninstrument_libraries  # noqa: PLC0415

    handle = invocation_otel.configure(service_name="own", endpoint=sink_url, instrument=False)
    ask = asking("openai", url)

    def turn() -> tuple[float, float]:
        bare, _ = _timed(lambda: ask(0), calls, handle.flush, "ours")
        instrument_libraries(handle.provider)
        recorded, _ = _timed(lambda: ask(0), calls, handle.flush, "ours")
        uninstrument_libraries()
        return bare, recorded - bare

    turn()
    _settle_garbage()
    bare, more = zip(*(turn() for _ in range(25)), strict=True)
    return {
        "call": median(more),
        "ratio": 1 + median(more) / median(bare),
        "chunk": _own_share_of_a_chunk(handle.flush),
    }


def _own_share_of_a_chunk(flush: Callable[[], Any], *, chunks: int = 2000, turns: int = 10) -> float:
    from openai.types.chat import ChatCompletionChunk  # noqa: PLC0415 - see above

    import invocation_otel  # noqa: PLC0415
    from invocation_otel.instrument.model_call import ModelCall  # noqa: PLC0415
    from invocation_otel.instrument.streams import watch_chunks  # noqa: PLC0415
    from invocation_otel.spans.wire.openai_chat import OPENAI_CHAT  # noqa: PLC0415

    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": QUESTION}]}
    piece = {"index": 0, "delta": {"content": "word word word "}}
    told: dict[str, Any] = {"id": "chatcmpl-1", "created": 1, "model": "gpt-4o-mini", "choices": [piece]}
    heard = [ChatCompletionChunk(object="chat.completion.chunk", **told)] * chunks

    def recorded() -> None:
        for _ in watch_chunks(iter(heard), ModelCall(OPENAI_CHAT, body, {"gen_ai.provider.name": "openai"})):
            pass

    def bare() -> None:
        for _ in iter(heard):
            pass

    with invocation_otel.invocation("bench"):
        return min(_cpu_us(recorded, flush) - _cpu_us(bare, flush) for _ in range(turns)) / chunks


def _cpu_us(work: Callable[[], None], flush: Callable[[], Any]) -> float:
    flush()
    started_s = time.process_time()
    work()
    flush()
    return (time.process_time() - started_s) * 1e6


def _around(variant: str) -> Any:
    """The agent's run around the calls, which only ours has."""
    if variant != "ours":
        return nullcontext()
    import invocation_otel  # noqa: PLC0415 - the bare client must not have it in its process

    return invocation_otel.invocation("bench")


def _switch_on(variant: str, library: str, sink_url: str) -> Callable[[], Any]:
    if variant == "ours":
        import invocation_otel  # noqa: PLC0415 - the bare client must not have it in its process

        return invocation_otel.configure(service_name="ours", endpoint=sink_url).flush
    from opentelemetry import trace  # noqa: PLC0415 - see above
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{sink_url}/v1/traces")))
    trace.set_tracer_provider(provider)
    if variant == "official":
        os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "span_only"
        module = import_module(f"opentelemetry.instrumentation.genai.{library}")
        getattr(module, {"openai": "OpenAIInstrumentor", "anthropic": "AnthropicInstrumentor"}[library])().instrument()
    return provider.force_flush


def _child(*arguments: str) -> Figures:
    ended = subprocess.run([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True, check=True)
    found: Figures = json.loads(ended.stdout)
    return found


def compare(*, rounds: int, calls: int) -> tuple[Figures, dict[str, dict[str, Figures]]]:
    """Our own share; and by library and variant the least of *rounds* turns."""
    with ExitStack() as stack:
        urls = dict(zip(LIBRARIES, stack.enter_context(serving()), strict=True))
        endpoint = stack.enter_context(sink())
        own = _child("own", urls["openai"], endpoint, str(calls))
        told: dict[str, dict[str, list[Figures]]] = {lib: {variant: [] for variant in VARIANTS} for lib in LIBRARIES}
        for _ in range(rounds):
            for library, of_library in told.items():
                for variant, found in of_library.items():
                    found.append(_child("measure", variant, library, urls[library], endpoint, str(calls)))
    return own, {library: {v: _least(found) for v, found in of_library.items()} for library, of_library in told.items()}


def _least(found: list[Figures]) -> Figures:
    # Whatever else the machine does adds to the CPU time of a turn, and nothing takes away from it.
    return {name: min(one[name] for one in found) for name in found[0]}


def show(own: Figures, found: dict[str, dict[str, Figures]]) -> bool:
    """Print the table; whether our own share is within its budgets."""
    for library, of_library in found.items():
        for variant, told in of_library.items():
            ratios = [
                f"{name} {value:7.1f} µs = {value / of_library['bare'][name]:4.2f}" for name, value in told.items()
            ]
            print(f"the whole: {library:10}{variant:9}{', '.join(ratios)} of bare")
    kept = True
    for name, budget in (("call", CALL_BUDGET_US), ("chunk", CHUNK_BUDGET_US)):
        ok = own[name] <= budget
        kept = kept and ok
        print(f"own share of a {name}: {own[name]:.2f} µs CPU, budget {budget:.0f} µs: {'kept' if ok else 'MISSED'}")
    print(f"a recorded call of openai takes {own['ratio']:.2f} of a bare one's CPU time")
    return kept


def main() -> int:
    """Run one side in this process, or all of them; 1 when a budget is missed."""
    match sys.argv[1:]:
        case ["measure", variant, library, url, endpoint, calls]:
            print(json.dumps(measure(variant, library, url, endpoint, int(calls))))
            return 0
        case ["own", url, endpoint, calls]:
            print(json.dumps(own_share(url, endpoint, int(calls))))
            return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--calls", type=int, default=80)
    options = parser.parse_args()
    return 0 if show(*compare(rounds=options.rounds, calls=options.calls)) else 1


if __name__ == "__main__":
    sys.exit(main())
