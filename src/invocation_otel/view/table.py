"""Tables that fit their page: what has no room is cut, then left out, the least important first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from .terminal import GAP, Page, Row

Cell = Callable[[Row], Text]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The columns of a table, and which of them give way where the page is narrow."""

    columns: Mapping[str, Cell]
    """What each column shows of a row, by the column's header."""

    numbers: Sequence[str] = ()
    """The columns that end at the right."""

    first_to_go: Sequence[str] = ()
    """The columns that are left out where even the cut ones have no room."""

    cuts: Sequence[tuple[str, int]] = ()
    """Which column is cut first and to what width, which then, and so on.

    A column may be named again: what is cut further only when no other column is left that could go.
    """

    def fits(self, rows: Sequence[Row], *, width: int) -> bool:
        """Whether no column need be left out."""
        return _total(self._least(_widths(self.columns, rows))) <= width

    def table(self, rows: Sequence[Row], *, page: Page) -> Table:
        """*rows*, laid out."""
        widths = _widths(self.columns, rows)
        if page.width is not None:
            widths = self._narrowed(widths, page.width)
        table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="dim")
        for header, width in widths.items():
            table.add_column(header, justify="right" if header in self.numbers else "left", no_wrap=True, width=width)
        for row in rows:
            table.add_row(*(self.columns[header](row) for header in widths))
        return table

    def _narrowed(self, natural: Mapping[str, int], width: int) -> dict[str, int]:
        widths = dict(natural)
        for header in self.first_to_go:
            if _total(self._least(widths)) <= width:
                break
            widths.pop(header, None)
        for header, least in self.cuts:
            if header in widths:
                too_wide = max(_total(widths) - width, 0)
                widths[header] -= min(too_wide, max(widths[header] - least, 0))
        return widths

    def _least(self, widths: Mapping[str, int]) -> dict[str, int]:
        least = dict(reversed(self.cuts))
        return {header: min(width, least.get(header, width)) for header, width in widths.items()}


def _widths(columns: Mapping[str, Cell], rows: Sequence[Row]) -> dict[str, int]:
    """How wide each column is when nothing is cut."""
    texts = {header: [header, *(cell(row).plain for row in rows)] for header, cell in columns.items()}
    return {header: max(cell_len(line) for text in of for line in text.split("\n")) for header, of in texts.items()}


def _total(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + GAP * (len(widths) - 1)
