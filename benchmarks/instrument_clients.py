"""What `instrument.py` asks: a real client of each library, and the local server that answers it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

WORDS_PER_CHUNK = 3
QUESTION = "Where is my order? " * 100


def asking(library: str, url: str) -> Callable[[int], None]:
    """One call of *library*'s client: plain for 0, else a stream of that many chunks of text."""
    if library == "openai":
        import openai  # noqa: PLC0415 - only the library that is measured is loaded

        client: Any = openai.OpenAI(base_url=url, api_key="key", http_client=_without_socket())
        create, given = client.chat.completions.create, {"model": "gpt-4o-mini"}
    else:
        import anthropic  # noqa: PLC0415 - see above

        client = anthropic.Anthropic(base_url=url, api_key="key", http_client=_without_socket())
        create, given = client.messages.create, {"model": "claude-opus-4-5", "max_tokens": 9000}

    def ask(chunks: int) -> None:
        if not chunks:
            create(**given, messages=[{"role": "user", "content": QUESTION}])
            return
        for _ in create(**given, messages=[{"role": "user", "content": f"{chunks} chunks"}], stream=True):
            pass

    return ask


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


@contextmanager
def serving() -> Iterator[list[str]]:
    """The addresses of the providers' server, for `openai` and for `anthropic`, in a process of its own."""
    with subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin
        assert server.stdout
        yield server.stdout.readline().split()
        server.stdin.close()


def _serve() -> None:
    """Be that process, until its input ends; says its addresses first."""
    from invocation_otel.demo.providers import ProviderServer  # noqa: PLC0415 - not in the process that is measured
    from invocation_otel.demo.script import Reply, Request  # noqa: PLC0415

    def script(request: Request) -> Reply:
        chunks = int(request.question.split()[0]) if request.stream else 10
        return Reply(text="word " * (WORDS_PER_CHUNK * chunks), input_tokens=1000, output_tokens=20)

    with ProviderServer(script, api_key="key") as server:
        sys.stdout.write(f"{server.openai_url} {server.anthropic_url}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    _serve()
