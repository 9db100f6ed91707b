"""One model call in its API's own words, kept as it was until the worker reads it."""

from dataclasses import dataclass, field
from typing import Any

from invocation_otel.spans.content import Snapshot

from .form import Json, Told, WireForm, dumped

_CHUNK_BYTES = 500  # about what a chunk takes in memory, as the client's model of it


@dataclass(slots=True, eq=False, kw_only=True)
class Conversation:
    """What was asked and what was answered: an object of the client, the bytes of a raw answer, or chunks."""

    form: WireForm
    request: Snapshot
    answer: Any = None
    chunks: list[Any] = field(default_factory=list)

    def __len__(self) -> int:
        """About how many bytes it takes."""
        return len(self.request) + 2000 + _CHUNK_BYTES * len(self.chunks)

    @property
    def complete(self) -> bool:
        """Whether the stream has said all; only its last chunks can tell."""
        return any(self.form.complete(chunk) for chunk in self.chunks[-3:])

    def told(self) -> Told:
        """What it means."""
        asked, answered = self.form.asked(self.request.value()), self.form.answer(self._document())
        return Told(
            attributes={**asked.attributes, **answered.attributes},
            content={name: value for name, value in {**asked.content, **answered.content}.items() if value},
        )

    def _document(self) -> Json:
        if self.chunks:
            return self.form.joined(self.chunks)
        return {} if self.answer is None else dumped(self.answer)
