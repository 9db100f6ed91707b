"""The books of one run: its ended spans in the order in which they ended, and the totals so far.

Spans are settled (normalised, priced, added up) once, in that order, by whoever needs them first: the delivery worker,
or the agent when it asks for ``run.cost_usd``. So the program and the database are told the same figures.
"""

import os
import threading
from collections import deque
from collections.abc import Mapping
from itertools import count
from typing import Any

from invocation_otel.spans import attributes as a
from invocation_otel.spans.content import restored, snapshot, to_json
from invocation_otel.spans.inline import Keep
from invocation_otel.spans.inputs import Inputs
from invocation_otel.spans.memory import Memory
from invocation_otel.spans.messages import tool_call_ids
from invocation_otel.spans.normalise import Attributes, normalise_other, normalise_round, normalise_tool_call
from invocation_otel.spans.totals import Totals

from .entry import Entry
from .facts import Facts
from .guard import agent_goes_on
from .keeping import inline_keeper
from .privacy import Privacy
from .sdk_span import attributes_of

_NORMALISING = agent_goes_on("normalising a span")
_TELLING_MEMORY = agent_goes_on("telling what came from memory")

# One lock for all runs, made anew in a forked child: the parent's worker may hold it at the moment of the fork.
_settling = threading.Lock()


def _after_fork() -> None:
    global _settling  # noqa: PLW0603 - see above
    _settling = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)


class Ledger:
    """Entries that ended but are not settled, and the books of those that are.

    One is made for each run on the agent's thread, and waits with its spans: so the books themselves are made by who
    settles first, which is mostly the worker.
    """

    latest_round = 0
    _books: "_Books | None" = None

    def __init__(self, facts: Facts, identity: Attributes, privacy: Privacy) -> None:
        self.privacy = privacy
        """What may leave the process of this run."""

        self._identity = identity
        self._memory_said = None if facts.memory is None else facts.memory_said
        self._prompt: Mapping[str, str] = {}
        self._variables: bytes | None = None
        if facts.has_prompts:
            variables = facts.snapshot()
            self._prompt, self._variables = facts.prompt_attributes(), snapshot(variables) if variables else None
        self._indexes = count(1)
        self._open_rounds: list[None] = []  # and not a number: several threads may begin and end rounds at once
        self._pending: deque[Entry] = deque()

    def next_index(self) -> int:
        """The number of the round that starts now."""
        index = self.latest_round = next(self._indexes)
        self._open_rounds.append(None)
        return index

    @property
    def has_open_rounds(self) -> bool:
        """Whether rounds have started that have not ended."""
        return bool(self._open_rounds)

    def ended(self, entry: Entry) -> None:
        """Note that the span of *entry* has ended; costs the agent one append."""
        self._pending.append(entry)
        # Last, because the run's own entry may wait for this one, and then follows it at once. There is none where two
        # processors share a provider.
        if entry.kind == "round" and self._open_rounds:
            self._open_rounds.pop()

    def settled(self) -> Totals:
        """Settle what has ended so far, and give the totals."""
        with _settling:
            if self._books is None:
                self._books = self._opened()
            while self._pending:
                entry = self._pending.popleft()
                settled = None
                with _NORMALISING:
                    settled = self._books.settled(entry)
                if settled is None:
                    settled = {**(attributes_of(entry.span) if entry.span else {}), **entry.told, **self._identity}
                # Last: from here on another thread may export it.
                entry.attributes = self.privacy.attributes(settled)
            return self._books.totals

    def _opened(self) -> "_Books":
        return _Books(
            self._identity,
            prompt=self._prompt,
            variables=self._variables,
            memory=Memory(self._memory_said),
            keep_file=inline_keeper(tenant=str(self._identity.get(a.TENANT)), capture=self.privacy.capture),
        )


class _Books:
    """What is known of a run's rounds and tool calls, one after the other."""

    def __init__(
        self,
        identity: Attributes,
        *,
        prompt: Mapping[str, str],
        variables: bytes | None,
        memory: Memory,
        keep_file: Keep | None,
    ) -> None:
        self.totals = Totals()
        self._identity, self._prompt, self._variables = identity, prompt, variables
        self._memory, self._keep_file, self._inputs = memory, keep_file, Inputs()
        self._round_of_call: dict[str, int] = {}

    def settled(self, entry: Entry) -> Attributes:
        """What is stored of *entry*, before anything is taken out of it."""
        known = entry.read()
        told = {**known.attributes, **self._identity}
        match entry.kind:
            case "round":
                return self._round(entry, told, known.content)
            case "tool":
                return self._tool_call(entry, told, known.content)
            case "run":
                return normalise_other(told) | self._memory.attributes | self.totals.to_attributes()
            case _:
                return normalise_other(told)

    def _round(self, entry: Entry, told: Attributes, content: Mapping[str, Any]) -> Attributes:
        started_ns = entry.span.start_time or 0 if entry.span else 0
        round_ = normalise_round(told, content, started_ns=started_ns, keep_file=self._keep_file, inputs=self._inputs)
        found = round_.attributes
        self._round_of_call |= dict.fromkeys(tool_call_ids(round_.outputs), entry.index)
        with _TELLING_MEMORY:
            found |= self._memory.round(found, round_.inputs, round_.outputs)
        self.totals.add_round(
            usage=round_.usage,
            nano_cost=round_.nano_cost,
            unpriced=round_.unpriced,
            provider=str(found.get(a.PROVIDER) or ""),
            model=str(found.get(a.RESPONSE_MODEL) or found.get(a.REQUEST_MODEL) or ""),
        )
        if self._variables is not None:
            found[a.PROMPT_VARIABLES] = to_json(restored(self._variables))
        return {**found, **self._prompt, a.ROUND_INDEX: entry.index, **self.totals.to_attributes()}

    def _tool_call(self, entry: Entry, told: Attributes, content: Mapping[str, Any]) -> Attributes:
        self.totals.tool_calls += 1
        index = self._round_of_call.get(str(told.get(a.TOOL_CALL_ID)), entry.index)
        return normalise_tool_call(told, content, keep_file=self._keep_file) | {a.ROUND_INDEX: index}
