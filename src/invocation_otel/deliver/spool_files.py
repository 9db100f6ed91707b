"""The spool folder as a person handles it: look at it, deliver what is in it now, throw it away."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from invocation_otel.errors import SettingsError

from .segment import DAMAGED, Segment
from .sender import Sender, Verdict
from .spool import KINDS, REFUSED, WAITING

_MEANING = {
    WAITING: "waits: an ended process left it; the next one delivers it",
    REFUSED: "refused by the endpoint: deliver it with `spool replay`, or `spool drop`",
    DAMAGED: "damaged in parts; what was whole is delivered",
}
_IN_USE = "in use by a running process, which delivers it"


@dataclass(frozen=True, slots=True)
class Spooled:
    """One file of a spool folder."""

    path: Path
    size_bytes: int
    age_s: float
    spans: int | None
    """Spans in it that are not delivered; None while a running process has it."""

    @property
    def meaning(self) -> str:
        """What it is there for, in words."""
        return _IN_USE if self.spans is None else _MEANING[self.path.suffix]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a replay, in spans."""

    delivered: int = 0
    left: int = 0
    """Not taken; they stay in the folder."""

    reason: str = ""
    """Why, in the endpoint's words."""


def spooled(folder: Path) -> list[Spooled]:
    """The files in *folder*, oldest first."""
    return [file for path in _paths(folder, KINDS) if (file := _spooled(path)) is not None]


def print_spool(folder: Path, console: Console) -> None:
    """Print what is in *folder*."""
    files = spooled(folder)
    if not files:
        console.print(f"Nothing waits in {folder}.", highlight=False, soft_wrap=True)
        return
    table = Table("file", "spans", "bytes", "age", "what it is", box=None, pad_edge=False)
    for file in files:
        spans = "?" if file.spans is None else f"{file.spans:,}"
        table.add_row(file.path.name, spans, f"{file.size_bytes:,}", _age(file.age_s), file.meaning)
    console.print(f"{folder}", highlight=False, soft_wrap=True)
    console.print(table, soft_wrap=True)
    console.print(f"{sum(file.spans or 0 for file in files):,} spans, {sum(file.size_bytes for file in files):,} bytes")


def replay(folder: Path, sender: Sender) -> Replayed:
    """Deliver what ended processes left in *folder*, refused batches included; what is not taken stays there."""
    delivered = left = 0
    reason = ""
    for segment in _left_behind(folder, (WAITING, REFUSED)):
        for offset in list(segment.waiting):
            batch = segment.batch_at(offset)
            answer = sender.send(batch)
            if answer.verdict is Verdict.TAKEN:
                segment.mark_done(offset)
                delivered += batch.spans
            else:
                left += batch.spans
                reason = answer.reason
        if segment.waiting:
            segment.release()
        else:
            segment.remove()
    return Replayed(delivered, left, reason)


def drop(folder: Path, *, kinds: Iterable[str] = KINDS) -> int:
    """Remove the files of *kinds* in *folder* that no running process has; how many spans were in them."""
    unknown = set(kinds) - set(KINDS)
    if unknown:
        raise SettingsError(f"{min(unknown)!r} is no kind of spool file; expected {', '.join(KINDS)}.")
    spans = 0
    for segment in _left_behind(folder, kinds):
        spans += sum(segment.waiting.values())
        segment.damaged = False
        segment.remove()
    return spans


def _paths(folder: Path, kinds: Iterable[str]) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix in set(kinds))


def _left_behind(folder: Path, kinds: Iterable[str]) -> Iterable[Segment]:
    return (segment for path in _paths(folder, kinds) if (segment := Segment.left_behind(path)) is not None)


def _spooled(path: Path) -> Spooled | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None  # delivered while we look
    segment = Segment.left_behind(path)
    spans = None
    if segment is not None:
        spans = sum(segment.waiting.values())
        segment.release()
    return Spooled(path, status.st_size, time.time() - status.st_mtime, spans)


def _age(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"
