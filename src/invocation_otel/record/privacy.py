"""What may leave the process: how much of each tenant's runs is kept, and what is taken out of it.

Everything passes here after it was normalised and before it is encoded, on the delivery worker: nothing else is ever
written to the spool or sent. What fails here fails closed: numbers and names are kept, texts are not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Link, Status

from invocation_otel.errors import UsageError
from invocation_otel.spans import attributes as a
from invocation_otel.spans.capture import CONTENT, MODES, NAMES, Attributes, Capture, kept, strictest
from invocation_otel.spans.redact import Redaction, Redactor

from .guard import agent_goes_on
from .sdk_span import events_of, links_of

_EVERYBODY = "*"
_NUMBERS = frozenset({int, float, bool})
_TAKING_OUT = agent_goes_on("taking secrets out of a span")


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds in this process."""

    redaction: Redaction | None = field(default_factory=Redaction)
    """``None``: nothing is taken out."""

    modes: Mapping[str, Capture] = field(default_factory=dict)
    """By tenant, as a limit that no call exceeds; ``*`` is the mode where neither call nor scope says one."""

    harmless: set[int] = field(default_factory=set, repr=False, compare=False)
    """What all runs remember of texts that stay as they are: system prompts and tools come again in each."""

    def __post_init__(self) -> None:
        for tenant, mode in self.modes.items():
            if mode not in MODES:
                raise UsageError(f"capture of {tenant!r} is {mode!r}; expected one of {', '.join(MODES)}.")

    def capture(self, tenant: str, said: Capture | None = None) -> Capture:
        """How much is kept of a run of *tenant* whose call or scope has *said* so."""
        if not self.modes:
            return said or "full"
        return strictest(self.modes.get(tenant), self.modes.get(_EVERYBODY) if said is None else said)


_policy = Policy()
_outside: "Privacy | None" = None


def policy() -> Policy:
    """What holds now."""
    return _policy


def set_policy(new: Policy) -> None:
    """Let *new* hold for every run that starts from now on."""
    global _policy, _outside
    _policy, _outside = new, None


def outside_runs() -> "Privacy":
    """What may leave the process of the spans that belong to no run."""
    global _outside  # noqa: PLW0603 - one process has one policy
    if _outside is None:
        _outside = Privacy(_policy.capture(_EVERYBODY))
    return _outside


class Privacy:
    """What may leave the process of one run, or of the spans outside any run."""

    def __init__(self, capture: Capture) -> None:
        self.capture = capture
        self._policy = _policy
        self._made: Redactor | None = None

    @property
    def _redactor(self) -> Redactor | None:
        """Made by who needs it first, which is the delivery worker and not the agent."""
        if self._made is None and self._policy.redaction is not None:
            self._made = Redactor(self._policy.redaction, self._policy.harmless)
        return self._made

    def attributes(self, attributes: Mapping[str, Any]) -> Attributes:
        """What may be kept of *attributes*."""
        with _TAKING_OUT:
            told = kept(attributes, self.capture)
            if self._redactor is not None:
                _redact(told, self._redactor)
            return told
        return kept(attributes, "none")

    def span(self, span: ReadableSpan) -> ReadableSpan:
        """*span* with what may be kept of its events, links and error message; its attributes are told beside it."""
        if not events_of(span) and not span.status.description and not any(link.attributes for link in links_of(span)):
            return span
        with agent_goes_on("taking secrets out of an error"):
            return self._reduced(
                span, self.text(span.status.description), [self._event(event) for event in span.events]
            )
        return self._reduced(span, None, [])

    def text(self, text: str | None) -> str | None:
        """What may be kept of *text*, which says what went wrong."""
        if text is None or self.capture != "full":
            return None
        return self._redactor.text(text) if self._redactor else text

    def _event(self, event: Event) -> Event:
        told = kept(event.attributes or {}, self.capture)
        if "exception.type" in (event.attributes or {}):
            told["exception.type"] = (event.attributes or {})["exception.type"]
        if self._redactor is not None:
            _redact(told, self._redactor)
        return Event(event.name, told, event.timestamp)

    def _reduced(self, span: ReadableSpan, description: str | None, events: Sequence[Event]) -> ReadableSpan:
        links = [Link(link.context, self.attributes(link.attributes or {})) for link in span.links]
        return ReadableSpan(
            name=span.name,
            context=span.context,
            parent=span.parent,
            resource=span.resource,
            events=events,
            links=links,
            kind=span.kind,
            status=Status(span.status.status_code, description),
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=span.instrumentation_scope,
        )


def _redact(told: Attributes, redactor: Redactor) -> None:
    for name in told.keys() - NAMES:
        value = told[name]
        if type(value) in _NUMBERS:
            continue
        if name == a.INPUT_MESSAGES and isinstance(value, str):
            told[name] = redactor.messages_json(value)
        elif isinstance(value, str):
            told[name] = redactor.content_json(value) if name in CONTENT else redactor.json(value)
        elif isinstance(value, list | tuple | dict):
            told[name] = redactor.value(list(value) if isinstance(value, tuple) else value)
