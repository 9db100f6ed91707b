"""One model call in its API's own words, kept as it was until the worker reads it."""

from dataclasses import dataclass
from typing import Any

from invocation_otel.spans import attributes as a
from invocation_otel.spans.content import Snapshot

from .form import Hearing, Json, Told, WireForm, dumped
from .guess import guessed_tokens

_GIVEN = (a.SYSTEM_INSTRUCTIONS, a.INPUT_MESSAGES, a.TOOL_DEFINITIONS)


@dataclass(slots=True, eq=False, kw_only=True)
class Conversation:
    """What was asked and what was answered: an object of the client, the bytes of a raw answer, or chunks."""

    form: WireForm
    request: Snapshot
    answer: Any = None
    hearing: Hearing | None = None
    """The stream, when the answer is one and its first chunk has come."""

    def __len__(self) -> int:
        """About how many bytes it takes."""
        return len(self.request) + 4000

    @property
    def complete(self) -> bool:
        """Whether the stream has said all."""
        return self.hearing is not None and self.hearing.complete

    def told(self) -> Told:
        """What it means."""
        asked, answered = self.form.asked(self.request.value()), self.form.answer(self._document())
        content = {name: value for name, value in {**asked.content, **answered.content}.items() if value}
        return Told(
            attributes={**asked.attributes, **answered.attributes, **self._guess(answered.attributes, content)},
            content=content,
        )

    def _guess(self, told: Json, content: Json) -> Json:
        """The tokens that the provider did not tell: all of them, or those of an answer that broke off."""
        broken_off = self.hearing is not None and not self.complete
        uncounted = a.INPUT_TOKENS not in told and a.OUTPUT_MESSAGES in content
        if not broken_off and not uncounted:
            return {}
        output_tokens = guessed_tokens(content.get(a.OUTPUT_MESSAGES))
        given = guessed_tokens(*(content.get(name) for name in _GIVEN))
        return {
            a.INPUT_TOKENS: told.get(a.INPUT_TOKENS, given),
            a.OUTPUT_TOKENS: max(told.get(a.OUTPUT_TOKENS, 0), output_tokens),
            a.USAGE_ESTIMATED: True,
        }

    def _document(self) -> Json:
        if self.hearing is not None:
            return self.hearing.document()
        return {} if self.answer is None else dumped(self.answer)
