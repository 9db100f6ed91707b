"""What a provider's prompt cache does: which leading tokens of a prompt were seen before."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import accumulate
from threading import Lock

from .script import CHARACTERS_PER_TOKEN, CacheTtl, PromptPart, Request

MINIMUM_TOKENS = 1_024
"""Shorter prompts are not cached (some real models ask for more)."""
BLOCK_TOKENS = 128
"""OpenAI matches prompts in steps of this many tokens."""


@dataclass(frozen=True, kw_only=True)
class CacheUse:
    """How many input tokens were read from the cache, and how many were written for how long."""

    read_tokens: int = 0
    written_tokens: Mapping[CacheTtl, int] = field(default_factory=dict)


class PromptCache:
    """Remembers prompts. Entries never expire: a demo is over before five minutes are."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._lock = Lock()

    def use(self, request: Request) -> CacheUse:
        """Look the prompt up, and remember it."""
        with self._lock:
            return self._marked(request) if request.api == "anthropic.messages" else self._automatic(request)

    def _automatic(self, request: Request) -> CacheUse:
        """OpenAI: every prompt that is long enough, in whole blocks, for nothing."""
        blocks = dict(_blocks(request))
        read = max((tokens for tokens, digest in blocks.items() if digest in self._seen), default=0)
        self._seen.update(blocks.values())
        return CacheUse(read_tokens=read)

    def _marked(self, request: Request) -> CacheUse:
        """Anthropic: the prompt up to each marked part, written once and read afterwards."""
        ends = list(accumulate(part.tokens for part in request.prompt))
        digests = list(_prefix_digests(request))
        marks = [at for at, part in enumerate(request.prompt) if part.cache_ttl and ends[at] >= MINIMUM_TOKENS]
        known = [at for at in range(marks[-1] + 1) if digests[at] in self._seen] if marks else []
        read = ends[known[-1]] if known else 0
        self._seen.update(digests[at] for at in marks)
        return CacheUse(read_tokens=read, written_tokens=_written(request.prompt, ends, marks, read))


def _written(prompt: tuple[PromptPart, ...], ends: list[int], marks: list[int], read: int) -> dict[CacheTtl, int]:
    """The tokens between what was read and the last mark; each stretch lives as long as the mark that closes it."""
    written: dict[CacheTtl, int] = {}
    done = read
    for at in marks:
        ttl = prompt[at].cache_ttl
        if ttl and ends[at] > done:
            written[ttl] = written.get(ttl, 0) + ends[at] - done
            done = ends[at]
    return written


def _prefix_digests(request: Request) -> Iterator[bytes]:
    running = sha256(request.model.encode())
    for part in request.prompt:
        running.update(sha256(part.text.encode()).digest())
        yield running.digest()


def _blocks(request: Request) -> Iterator[tuple[int, bytes]]:
    text = "\n".join(part.text for part in request.prompt)
    running = sha256(request.model.encode())
    block = BLOCK_TOKENS * CHARACTERS_PER_TOKEN
    for end in range(block, len(text) + 1, block):
        running.update(text[end - block : end].encode())
        if end >= MINIMUM_TOKENS * CHARACTERS_PER_TOKEN:
            yield end // CHARACTERS_PER_TOKEN, running.digest()
