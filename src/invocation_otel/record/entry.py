"""What is known of a span of a run beside its attributes, from its start until the worker writes it down."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from opentelemetry.sdk.trace import ReadableSpan

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

    def keep(self, name: str, value: Any) -> None:
        """Keep *value*, which its owner may change afterwards, as the content *name*."""
        if value is not None:
            self.content[name] = Snapshot(value)


live: dict[int, Entry] = {}
"""The entries of spans that have started and not ended, by span id. A span that never ends stays here: ~0.5 kB each."""
