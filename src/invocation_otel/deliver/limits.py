"""The settings of delivery. `docs/delivery.md` gives the reason for each default."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

SpoolMode = Literal["auto", "always", "off"]
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much waits where, how much travels together, and for how long."""

    queue_spans: int = 50_000
    """Spans that may wait for the worker; beyond it the agent's thread does the worker's work on its own spans."""

    queue_bytes: int = 256 * _MIB
    """About as many bytes of content may wait with them."""

    batch_spans: int = 5_000
    """Most spans in one request."""

    batch_bytes: int = 4 * _MIB
    """Most bytes in one request; a span that is larger travels alone."""

    delay_s: float = 0.5
    """How long the first span of a batch waits for others."""

    memory_bytes: int = 64 * _MIB
    """Bytes of finished batches that may wait in memory; beyond it they go to the spool."""

    on_full: Literal["spool", "block"] = "spool"
    """``block``: when the memory is full, the agent's thread waits for the endpoint instead."""

    spool: SpoolMode = "auto"
    """``auto``: to disk when the memory is full or the process ends; ``always``: to disk first; ``off``: never."""

    spool_folder: Path | None = None
    """Where batches go that cannot be delivered. ``None``: `configure` takes a folder of the user's for each endpoint,
    and an `InvocationSpanProcessor` without `configure` has no spool."""

    spool_bytes: int = 1024 * _MIB
    """Most bytes of the whole spool folder; beyond it the oldest go, counted as dropped."""

    fsync_s: float = 1.0
    """At most so long what was spooled may be lost with the machine's power; 0 syncs after each batch."""

    exit_timeout_s: float = 5.0
    """How long the end of the process may wait for an endpoint that answers."""

    report_s: float = 30.0
    """How often the process reports how many spans it has produced, while it produces any."""

    max_pause_s: float = 30.0
    """Longest pause before a refused batch is tried again; the first is half a second, doubling."""
