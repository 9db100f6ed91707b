"""What recording `openai` and `anthropic` adds to a call and to a chunk of a stream: `python benchmarks/instrument.py`.

Each variant runs in a process of its own, all in turns and several times: *bare* is the client in a program that has
OpenTelemetry's SDK (`anthropic` then makes spans itself), *ours* is `configure()` and one run around the calls,
*official* is the official OpenTelemetry package, content on the span. The local server's answers are fetched once and
then handed to the client by a transport without a socket, whose noise would be ten times what is measured. Spans go to
an endpoint in another process. Told is the CPU time of all threads of the process beyond that of *bare*, for a call and
for a chunk, and how long the caller's thread was held.

Those differences are small beside what a busy machine adds, so our own share is measured by itself too, and held to the
budgets of issue 7 (300 µs CPU for a call, 3 µs for a chunk): what our wrapper does with `openai`'s own objects, from
the start of a call inside a run until the endpoint has its span, and for each chunk beyond iterating over it.
"""

import argparse
import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from importlib import import_module
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
    for chunks in (0, short, long):
        _timed(ask, chunks, 20, flush, variant)
    gc.collect()
    gc.freeze()  # else walking what was imported, a second's worth at random moments, drowns all the rest
    plain = _timed(ask, 0, calls, flush, variant)
    ends = [_timed(ask, chunks, calls // 4, flush, variant) for chunks in (short, long)]
    per_chunk = [(ends[1][unit] - ends[0][unit]) / (long - short) for unit in (0, 1)]
    return {"call cpu": plain[0], "call held": plain[1], "chunk cpu": per_chunk[0], "chunk held": per_chunk[1]}


def _timed(
    ask: Callable[[int], None], chunks: int, calls: int, flush: Callable[[], Any], variant: str
) -> tuple[float, float]:
    flush()
    cpu_s, held_s = time.process_time(), 0.0
    with _around(variant):
        for _ in range(calls):
            started_s = time.thread_time()
            ask(chunks)
            held_s += time.thread_time() - started_s
    flush()
    return (time.process_time() - cpu_s) / calls * 1e6, held_s / calls * 1e6


def own_share(sink_url: str, *, calls: int = 300, chunks: int = 2000, turns: int = 10) -> dict[str, float]:
    """What we do in a call and for a chunk, without the client: the least of *turns*, in microseconds."""
    from openai.types.chat import ChatCompletion, ChatCompletionChunk  # noqa: PLC0415 - see below

    import invocation_otel  # noqa: PLC0415 - the bare client must not have it in its process
    from invocation_otel.instrument.model_call import ModelCall  # noqa: PLC0415
    from invocation_otel.instrument.streams import watch_chunks  # noqa: PLC0415
    from invocation_otel.spans.wire.openai_chat import OPENAI_CHAT  # noqa: PLC0415

    flush = invocation_otel.configure(service_name="own", endpoint=sink_url, instrument=False).flush
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": QUESTION}]}
    message = {"role": "assistant", "content": "word " * 30}
    usage = {"prompt_tokens": 1000, "completion_tokens": 20, "total_tokens": 1020}
    head = {"id": "chatcmpl-1", "created": 1, "model": "gpt-4o-mini"}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    answer = ChatCompletion(object="chat.completion", choices=[choice], usage=usage, **head)  # type: ignore[arg-type, list-item] # as JSON
    piece = {"index": 0, "delta": {"content": "word word word "}}
    chunk = ChatCompletionChunk(object="chat.completion.chunk", choices=[piece], **head)  # type: ignore[arg-type, list-item] # as JSON

    def call() -> ModelCall:
        begun = ModelCall(OPENAI_CHAT, body, {"gen_ai.provider.name": "openai"})
        with begun.current():
            pass
        return begun

    def answered() -> None:
        for _ in range(calls):
            begun = call()
            begun.conversation.answer = answer
            begun.end()

    def streamed() -> None:
        for _ in watch_chunks(iter([chunk] * chunks), call()):
            pass

    def bare() -> None:
        for _ in iter([chunk] * chunks):
            pass

    told = {"call": float("inf"), "chunk": float("inf")}
    for _ in range(turns):
        with invocation_otel.invocation("bench"):
            told["call"] = min(told["call"], _cpu_us(answered, flush) / calls)
            heard = _cpu_us(streamed, flush) - _cpu_us(bare, flush)
            told["chunk"] = min(told["chunk"], heard / chunks)
    return told


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
    import os  # noqa: PLC0415 - see above

    from opentelemetry import trace  # noqa: PLC0415
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


def _without_socket() -> Any:
    """An HTTP client that asks the server once for each body, and answers the same from then on."""
    import httpx2  # noqa: PLC0415 - what both clients are built on

    server, known = httpx2.Client(), dict[bytes, tuple[str, bytes]]()

    def answer(request: httpx2.Request) -> httpx2.Response:
        body = request.read()
        if body not in known:
            told = server.post(request.url, content=body, headers=request.headers)
            known[body] = told.headers["content-type"], told.content
        kind, content = known[body]
        return httpx2.Response(200, headers={"content-type": kind}, content=content)

    return httpx2.Client(transport=httpx2.MockTransport(answer))


def _asking(library: str, url: str) -> Callable[[int], None]:
    """One call: plain for 0, else a stream of that many chunks of text."""
    if library == "openai":
        import openai  # noqa: PLC0415 - only the library that is measured is loaded

        client: Any = openai.OpenAI(base_url=url, api_key="key", http_client=_without_socket())
        create = client.chat.completions.create
        given: dict[str, Any] = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": QUESTION}]}
    else:
        import anthropic  # noqa: PLC0415 - see above

        client = anthropic.Anthropic(base_url=url, api_key="key", http_client=_without_socket())
        create = client.messages.create
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


def compare(*, rounds: int, calls: int) -> tuple[dict[str, float], dict[str, dict[str, dict[str, float]]]]:
    """Our own share; the least of *rounds* turns, by library and variant, of what is beyond the bare client."""
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
        own = _child("own", endpoint)
    return own, {library: _beyond_bare(of_library) for library, of_library in told.items()}


def _beyond_bare(told: dict[str, list[dict[str, float]]]) -> dict[str, dict[str, float]]:
    # Whatever else the machine does adds to the CPU time of a turn, and nothing takes away from it.
    least = {variant: {name: min(one[name] for one in found) for name in found[0]} for variant, found in told.items()}
    bare = least["bare"]
    more = {v: {name: value - bare[name] for name, value in least[v].items()} for v in VARIANTS if v != "bare"}
    return {"bare": bare, **more}


def show(own: dict[str, float], found: dict[str, dict[str, dict[str, float]]]) -> bool:
    """Print the table; whether ours is within its budgets."""
    for library, of_library in found.items():
        for variant, told in of_library.items():
            figures = ", ".join(f"{name} {value:8.1f} µs" for name, value in told.items())
            print(f"{library:10}{variant if variant == 'bare' else '+ ' + variant:12}{figures}")
    print(f"our own share: a call {own['call']:.0f} µs, a chunk {own['chunk']:.2f} µs")
    return own["call"] <= CALL_BUDGET_US and own["chunk"] <= CHUNK_BUDGET_US


def main() -> int:
    """Run one side in this process, or all of them."""
    if sys.argv[1:2] == ["serve"]:
        serve()
        return 0
    if sys.argv[1:2] == ["measure"]:
        variant, library, url, endpoint, calls = sys.argv[2:]
        print(json.dumps(measure(variant, library, url, endpoint, int(calls))))
        return 0
    if sys.argv[1:2] == ["own"]:
        print(json.dumps(own_share(sys.argv[2])))
        return 0
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--calls", type=int, default=80)
    options = parser.parse_args()
    kept = show(*compare(rounds=options.rounds, calls=options.calls))
    print(f"budgets of {CALL_BUDGET_US:.0f} µs and {CHUNK_BUDGET_US:.0f} µs: {'kept' if kept else 'BROKEN'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
