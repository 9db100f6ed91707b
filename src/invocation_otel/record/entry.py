"""What is known of a span of a run beside its attributes, from its start until the worker writes it down."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import Span

from invocation_otel.spans.content import Snapshot

if TYPE_CHECKING:
    from .ledger import Ledger

Kind = Literal["run", "round", "tool", "other"]


@dataclass(slots=True, eq=False)
class Entry:
    """One span: whose it is, its content as it was handed over and, once settled, its attributes as stored."""

    kind: Kind
    ledger: "Ledger | None" = None
    index: int = 0
    """Number of the round; for a tool call, of the latest round when it started."""

    content: dict[str, Any] = field(default_factory=dict)
    """Attribute name -> value not yet serialised."""

    given: Snapshot | None = None
    """Several contents at once, as one dictionary: what a round is given at its start."""

    beside: bool = False
    """Whether the span stays slim: nobody but our processor sees it, and telling it here is ten times faster."""

    told: dict[str, Any] = field(default_factory=dict)
    """Attributes that are not on the span, when it stays slim."""

    inner: list[dict[str, Any]] = field(default_factory=list)
    """Attributes of spans that describe the same call, such as the one that ``anthropic`` makes itself."""

    outer: "Entry | None" = None
    """The entry whose call this span describes a second time; this one is then not delivered by itself."""

    span: ReadableSpan | None = None
    """The span as it ended."""

    attributes: dict[str, Any] | None = None
    """What is stored; set when the entry is settled."""

    @property
    def described(self) -> "Entry":
        """The entry that the call is delivered as: this one, or the outermost one."""
        return self if self.outer is None else self.outer.described

    def ended(self, span: ReadableSpan) -> None:
        """Note that its span has ended; costs the agent one append."""
        self.span = span
        if self.ledger is None:
            self.attributes = dict(span.attributes or {})
        else:
            self.ledger.ended(self)

    def settled(self) -> tuple[ReadableSpan, dict[str, Any]]:
        """Its span, which has ended, and the attributes that are stored. Settles its run as far as that needs."""
        if self.attributes is None and self.ledger is not None:
            self.ledger.settle()
        assert self.span is not None  # noqa: S101 - only spans that ended are delivered
        return self.span, self.attributes or {}

    @property
    def size_bytes(self) -> int:
        """About what it holds in memory: its content, and 1,000 bytes for all the rest."""
        size = 1000 if self.given is None else 1000 + len(self.given)
        for value in self.content.values():
            size += _size(value)
        if not self.beside and self.span is not None:
            size += sum(len(value) for value in (self.span.attributes or {}).values() if isinstance(value, str))
        return size

    def tell(self, span: Span, attributes: dict[str, Any]) -> None:
        """Say *attributes* of its span, on it or beside it."""
        if self.beside:
            self.told |= attributes
        else:
            span.set_attributes(attributes)

    def keep(self, name: str, value: Any) -> None:
        """Keep *value*, which its owner may change afterwards, as the content *name*."""
        if value is not None:
            self.content[name] = Snapshot(value)


def _size(value: Any) -> int:
    if isinstance(value, Snapshot | str):
        return len(value)
    parts = [part for item in value for part in getattr(item, "parts", (item,))] if isinstance(value, list) else []
    texts = [getattr(part, "content", None) for part in parts]
    return sum(len(text) if isinstance(text, str) else 200 for text in texts)


live: dict[int, Entry] = {}
"""The entries of spans that have started and not ended, by span id. A span that never ends stays here: ~0.5 kB each."""
