"""What is known of a span of a run beside its attributes, from its start until the worker writes it down."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from opentelemetry import context as otel_context
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import Span, StatusCode

from invocation_otel.spans import attributes as a
from invocation_otel.spans.content import plain, restored, snapshot
from invocation_otel.spans.dialects.dialect import Event, Source
from invocation_otel.spans.dialects.translate import canonical
from invocation_otel.spans.normalise import merged
from invocation_otel.spans.wire.conversation import Conversation
from invocation_otel.spans.wire.form import Told

from .keeping import KeptFiles
from .privacy import outside_runs
from .sdk_span import attributes_of, events_of, let_go_of_what_is_empty
from .tracing import SCOPE

if TYPE_CHECKING:
    from .ledger import Ledger
    from .run import Run

_NOTHING: Mapping[str, Any] = MappingProxyType({})
"""One for all: most spans have no content, and what is not made need not be collected either."""

Kind = Literal["run", "round", "tool", "workflow", "duplicate", "other"]


class Entry:
    """One span: whose it is, its content as it was handed over and, once settled, its attributes as stored.

    What few spans have is an attribute of the class until it is set: one is made for each span, on the agent's thread.
    """

    index = 0
    """Number of the round; for a tool call, of the latest round when it started."""

    content: Mapping[str, Any] = _NOTHING
    """Attribute name -> value not yet serialised."""

    snapshots: Mapping[str, bytes] = _NOTHING
    """The same as it was when it was handed over: attribute name -> ``snapshot``."""

    given: bytes | None = None
    """Several contents at once, the ``snapshot`` of a dictionary: what a round is given at its start."""

    beside = False
    """Whether the span stays slim: nobody but our processor sees it, and telling it here is ten times faster."""

    inner: "tuple[Entry, ...]" = ()
    """Entries of spans that describe the same call and have ended, such as the one that ``anthropic`` makes itself."""

    files: KeptFiles | None = None
    """The files of a run; what becomes of them may be known only after its end."""

    awaits_rounds = False
    """Whether a run has ended well while rounds of it go on: a stream that its caller reads."""

    holds_round = False
    """Whether a model call began directly inside it."""

    outer: "Entry | None" = None
    """The entry whose call this span describes a second time; this one is then not delivered by itself."""

    span: ReadableSpan | None = None
    """The span as it ended."""

    attributes: dict[str, Any] | None = None
    """What is stored; set when the entry is settled."""

    size_bytes = 1000
    """About what it holds in memory once its span has ended: its content, and 1,000 bytes for all the rest."""

    def __init__(
        self,
        kind: Kind,
        ledger: "Ledger | None" = None,
        *,
        told: Mapping[str, Any] = _NOTHING,
        conversation: Conversation | None = None,
        run: "Run | None" = None,
    ) -> None:
        self.kind: Kind = kind
        self.ledger = ledger
        self.told = told
        """Attributes that are not on the span, when it stays slim."""

        self.conversation = conversation
        """The call in the words of its API, when an own wrapper has recorded it."""

        self.run = run
        """The run that the span belongs to, while it is open: what starts inside it belongs there too."""

    @property
    def described(self) -> "Entry":
        """The entry that the call is delivered as: this one, or the outermost one."""
        return self if self.outer is None else self.outer.described

    def ended(self, span: ReadableSpan) -> None:
        """Note that its span has ended."""
        self.span = span
        if self.beside:
            let_go_of_what_is_empty(span)
        self.size_bytes = self._size_bytes(span)

    @property
    def is_complete(self) -> bool:
        """Whether all is known of it that it waits for: what becomes of its files, and its rounds."""
        if self.awaits_rounds and self.ledger is not None and self.ledger.has_open_rounds:
            return False
        return self.files is None or self.files.are_done

    def in_its_place(self) -> "Entry":
        """The entry that the call is delivered as when this one's span never ends: of the first span inside it."""
        first, *others = self.inner
        assert first.span is not None  # noqa: S101 - only spans that ended are inner ones
        first.kind, first.index, first.outer, first.inner = self.kind, self.index, None, tuple(others)
        self.kind, self.inner = "duplicate", ()
        first.ended(first.span)
        return first

    def settled(self) -> tuple[ReadableSpan, dict[str, Any]]:
        """Its span, which has ended, and the attributes that are stored. Settles its run as far as that needs."""
        assert self.span is not None  # noqa: S101 - only spans that ended are delivered
        privacy = self.ledger.privacy if self.ledger is not None else outside_runs()
        if self.attributes is None and self.ledger is not None:
            self.ledger.settled()
        elif self.attributes is None:
            self.attributes = privacy.attributes(attributes_of(self.span))
        attributes = self.attributes or {}
        if self.files is not None and a.FILES in attributes:  # what is known now, which is more than at the run's end
            attributes = attributes | privacy.attributes({a.FILES: self.files.to_json()})
        return privacy.span(self.span), attributes

    def read(self) -> Told:
        """All that is known of the call: attributes, and content ready to be written as JSON.

        What an outer span says wins over what the inner ones say.
        """
        given: dict[str, Any] = restored(self.given) if self.given else {}
        for name, kept in self.snapshots.items():
            given[name] = restored(kept)
        for name, value in self.content.items():
            given[name] = plain(value)
        own = {**(told_by(self.span) if self.span else {}), **self.told}
        if self.conversation is None and not self.inner:
            return Told(attributes=own, content=given)
        heard = self.conversation.told() if self.conversation else Told()
        inner = [entry.read() for entry in self.inner]
        if inner and a.ERROR_TYPE in inner[-1].attributes and not self._says_its_error():
            own.pop(a.ERROR_TYPE, None)  # the client knows better than a framework's event which error it was
        content: dict[str, Any] = {}
        for known in (*(told.content for told in inner), heard.content, given):
            content |= known
        attributes = merged({**heard.attributes, **own}, [told.attributes for told in inner])
        return Told(attributes=attributes, content=content)

    def _says_its_error(self) -> bool:
        return a.ERROR_TYPE in self.told or (self.span is not None and a.ERROR_TYPE in attributes_of(self.span))

    def tell(self, span: Span, attributes: dict[str, Any]) -> None:
        """Say *attributes* of its span, on it or beside it."""
        if self.beside:
            self.told = {**self.told, **attributes}
        else:
            span.set_attributes(attributes)

    def keep(self, name: str, value: Any) -> None:
        """Keep *value*, which its owner may change afterwards, as the content *name*."""
        if value is not None:
            self.snapshots = {**self.snapshots, name: snapshot(value)}

    def keep_as_it_is(self, content: dict[str, Any]) -> None:
        """Keep *content*, which nobody changes afterwards."""
        self.content = {**self.content, **content} if self.content else content

    def _size_bytes(self, span: ReadableSpan) -> int:
        size = 1000
        if self.given is not None:
            size += len(self.given)
        if self.conversation is not None:
            size += len(self.conversation)
        size += sum(map(len, self.snapshots.values()))
        if self.content:
            size += sum(map(_size, self.content.values()))
        if not self.beside:
            size += sum(len(value) for value in attributes_of(span).values() if isinstance(value, str))
        return size


def told_by(span: ReadableSpan) -> dict[str, Any]:
    """What *span* says under today's names, whatever its library calls it; content may come as plain values."""
    scope, attributes = span.instrumentation_scope, attributes_of(span)
    events = tuple(Event(event.name, event.attributes or {}) for event in events_of(span))
    if scope is not None and scope.name == SCOPE and not attributes and not events:
        return attributes  # a slim span of ours, which is told beside it
    failed = span.status.status_code is StatusCode.ERROR
    return canonical(attributes, Source(scope.name if scope else "", span.name, events, failed))


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    parts = [part for item in value for part in getattr(item, "parts", (item,))] if isinstance(value, list) else []
    texts = [getattr(part, "content", None) for part in parts]
    return sum(len(text) if isinstance(text, str) else 200 for text in texts)


_OWN = otel_context.create_key("invocation-entry")


def with_own_entry(context: Context, entry: Entry) -> Context:
    """*context* for starting a span of our own: the processor finds its *entry* in it, and need not make one."""
    return otel_context.set_value(_OWN, entry, context)


def own_entry_in(context: Context | None) -> Entry | None:
    """The entry of the span of our own that starts in *context*; ``None`` for anybody else's span."""
    found = None if context is None else context.get(_OWN)
    return found if isinstance(found, Entry) else None


live: dict[int, Entry] = {}
"""The entries of spans that have started and not ended, by span id. A span that never ends stays here: ~0.5 kB each."""
