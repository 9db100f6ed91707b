"""Short-term memory: which messages of a round came from earlier turns, and what was dropped or summarised since.

Told by the messages themselves. In the first round of a run the model has not answered yet: whatever it is said to have
answered, and all before that, came from memory. Few-shot examples that are written as answers cannot be told apart.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import attributes as a
from .content import to_json
from .messages import Message

_ANSWERED = frozenset({"assistant", "model", "ai"})
_MOST_THREADS = 8
"""Conversations that one run may lead side by side (a planner, a reviewer, …) and that are followed."""

_CARRIED = ("previous_response_id", "conversation")
"""Parameters by which OpenAI's servers keep the earlier turns themselves."""


@dataclass(slots=True)
class _Thread:
    """A conversation of the run, as its latest round saw it."""

    messages: list[Message]
    from_memory: int


class Memory:
    """What is known of the short-term memory of one run, round by round."""

    def __init__(self, said: bool | int | None) -> None:  # noqa: FBT001 - what the caller of `invocation` said
        """*said*: whether it is on, or how many leading messages of the first round are its; ``None`` to find out."""
        self._said = said
        self._on = said is not None and said is not False
        self._threads: list[_Thread] = []
        self._answers: list[Message] = []
        self._response_ids: set[Any] = set()

    @property
    def attributes(self) -> dict[str, Any]:
        """Whether it is on, as far as that is known."""
        return {a.MEMORY_ENABLED: True} if self._on else {}

    def round(self, found: dict[str, Any], inputs: list[Message], outputs: Sequence[Message]) -> dict[str, Any]:
        """The attributes of a round with these *inputs*, whose other attributes are *found*."""
        if self._said is False:
            return {}
        thread, told = self._continued(inputs)
        self._threads = [*self._threads, thread][-_MOST_THREADS:]
        self._answers.extend(outputs)
        self._on = self._on or thread.from_memory > 0 or self._carried(found)
        self._response_ids.add(found.get(a.RESPONSE_ID))
        if thread.from_memory:
            told[a.MEMORY_MESSAGES] = thread.from_memory
        return told | self.attributes

    def _continued(self, inputs: list[Message]) -> tuple[_Thread, dict[str, Any]]:
        """The thread that *inputs* continue, which is no longer kept, as it is now, and what has become of it."""
        for thread in reversed(self._threads):
            if inputs[: len(thread.messages)] == thread.messages and thread.messages:
                self._threads.remove(thread)
                return _Thread(inputs, thread.from_memory), {}
        if not self._threads and not self._answers:  # nothing to compare with, as in each run's first round
            return _Thread(inputs, self._from_memory(inputs, [])), {}
        keys = [_key(message) for message in inputs]
        for thread in reversed(self._threads):
            before = [_key(message) for message in thread.messages]
            if not set(keys).isdisjoint(before):
                self._threads.remove(thread)
                return self._changed(inputs, keys, thread, before)
        return _Thread(inputs, self._from_memory(inputs, keys)), {}

    def _changed(
        self, inputs: list[Message], keys: list[str], thread: _Thread, before: list[str]
    ) -> tuple[_Thread, dict[str, Any]]:
        """The thread whose messages are not simply those from *before* and further ones."""
        own = {*before[thread.from_memory :], *map(_key, self._answers)}
        first_own = next((n for n, key in enumerate(keys) if key in own), None)
        from_memory = _before_this_turn(inputs) if first_own is None else first_own
        dropped = sum(key not in keys for key in before)
        told: dict[str, Any] = {a.MEMORY_DROPPED: dropped} if dropped else {}
        if dropped and keys[0] not in before:
            told[a.COMPACTED] = True
        return _Thread(inputs, from_memory), told

    def _from_memory(self, inputs: list[Message], keys: list[str]) -> int:
        """How many leading messages of a conversation that begins came from memory."""
        if not self._threads and self._said is not None and not isinstance(self._said, bool):
            return min(self._said, len(inputs))
        own = set(map(_key, self._answers))
        first_own = next((n for n, key in enumerate(keys) if key in own), None)
        return _before_this_turn(inputs) if first_own is None else _answered(inputs[:first_own])

    def _carried(self, found: dict[str, Any]) -> bool:
        """Whether the provider is asked to add earlier turns that are not this run's own."""
        text = found.get(a.REQUEST_PARAMS) or ""
        if not any(name in text for name in _CARRIED):
            return False
        params = json.loads(text)
        return any(params.get(name) and params[name] not in self._response_ids for name in _CARRIED)


def _before_this_turn(inputs: Sequence[Message]) -> int:
    """How many messages there are up to the last answer; one at the end is new, for the model to go on with."""
    end = len(inputs)
    while end and inputs[end - 1].get("role") in _ANSWERED:
        end -= 1
    return _answered(inputs[:end])


def _answered(inputs: Sequence[Message]) -> int:
    """How many messages there are up to the last answer, and up to what its tools gave back when more was said then."""
    count = next((n + 1 for n in range(len(inputs) - 1, -1, -1) if inputs[n].get("role") in _ANSWERED), 0)
    said_later = next((n for n in range(count, len(inputs)) if not _is_result(inputs[n])), count)
    return said_later if count else 0


def _is_result(message: Message) -> bool:
    return all(part.get("type") == "tool_call_response" for part in message.get("parts") or ())


def _key(message: Message) -> str:
    """What tells *message* from others, in whichever form: an answer looks different when it is sent back."""
    parts = [_part_key(part) for part in message.get("parts") or () if part.get("type") != "reasoning"]
    return to_json([message.get("role"), [part for part in parts if part]])


def _part_key(part: dict[str, Any]) -> Any:
    match part.get("type"):
        case "text":
            return str(part.get("content") or "").strip()
        case "tool_call" if part.get("id"):
            return part["id"]
        case _:
            return part
