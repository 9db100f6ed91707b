"""What the output goes to, and the pieces that every view is made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any, Self

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from .figures import NOTHING
from .text import one_line

Row = dict[str, Any]
"""One row that the store answered."""

Fact = tuple[str, str]
"""A name and what is known under it; empty when nothing is."""

GAP = 2
"""Blanks between two columns."""

_UNBOUNDED = 100_000
_BETWEEN_PAIRS = 4


@dataclass(frozen=True, kw_only=True)
class Page:
    """What a view is laid out for."""

    width: int | None
    """Characters in a line; ``None`` where a line may have any number, because it goes to a file or a program."""

    full: bool
    """Whether long texts are shown to their end."""

    @classmethod
    def on(cls, console: Console, *, full: bool = False) -> Self:
        """The page that *console* shows. Where no person looks at the edge, nothing is cut or hidden."""
        if console.is_terminal:
            return cls(width=console.width, full=full)
        return cls(width=None, full=True)


def show(console: Console, *parts: RenderableType) -> None:
    """Print *parts* one below the other; nothing in them is taken for markup."""
    if console.is_terminal:
        _print(console, parts)
        return
    wide = Console(file=StringIO(), width=_UNBOUNDED, color_system=None)
    with wide.capture() as captured:
        _print(wide, parts)
    show_lines(console, (line.rstrip() for line in captured.get().removesuffix("\n").split("\n")))


def show_lines(console: Console, lines: Iterable[str]) -> None:
    """Print *lines* as they are, whatever the width."""
    for line in lines:
        console.out(line, highlight=False)


def section(title: str, *, page: Page) -> RenderableType:
    """The title of a view, with a line to the edge of the page."""
    line = "" if page.width is None else "─" * (page.width - len(title) - 4)
    return Text.assemble(
        "\n", ("── ", "dim"), (title, "bold"), (f" {line or '──'}", "dim"), no_wrap=True, overflow="crop"
    )


def heading(title: str, note: str = "", *, style: str = "") -> RenderableType:
    """The title of a part of a view; *note* stands quietly behind it."""
    behind = (f"  {one_line(note)}", "dim") if note else ""
    return Text.assemble("\n", (one_line(title), f"bold {style}".strip()), behind, overflow="fold")


def facts(found: Iterable[Fact], *, page: Page) -> RenderableType:
    """Names and values below each other, two pairs a line where there is room."""
    pairs = [(name, value or NOTHING) for name, value in found]
    half = (len(pairs) + 1) // 2
    left, right = pairs[:half], pairs[half:]
    if not right or page.width is None or _natural_width(left) + _BETWEEN_PAIRS + _natural_width(right) > page.width:
        return _pairs(pairs)
    halves = Table.grid(padding=(0, _BETWEEN_PAIRS, 0, 0))
    halves.add_row(_pairs(left), _pairs(right))
    return halves


def _pairs(pairs: Sequence[Fact]) -> Table:
    table = Table.grid(padding=(0, GAP, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in pairs:
        table.add_row(Text(name, style="dim"), Text(one_line(value), style="dim" if value == NOTHING else ""))
    return table


def _natural_width(pairs: Sequence[Fact]) -> int:
    names, values = zip(*pairs, strict=True) if pairs else ((), ())
    return max(map(cell_len, names), default=0) + GAP + max(map(cell_len, map(one_line, values)), default=0)


def _print(console: Console, parts: Sequence[RenderableType]) -> None:
    console.print(Group(*parts), markup=False, emoji=False, highlight=False)
