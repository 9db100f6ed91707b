"""A tool call in a conversation: its name, and its arguments and result next to each other."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from . import run_cells as cells
from .exact_json import readable
from .figures import NOTHING, duration
from .terminal import Page, Row
from .text import Block, one_line

_SIDE_BY_SIDE_FROM = 80


@dataclass(frozen=True, kw_only=True)
class ShownToolCall:
    """One tool call, as the model asked for it, as it was executed, or both."""

    name: str
    arguments: str
    result: str | None
    """What came back; ``None`` when that is not known."""

    executed: Row | None
    """The recorded execution, if there is one."""


def tool_call_view(call: ShownToolCall, *, page: Page, bar: str = "│") -> Iterator[RenderableType]:
    """Name, status and latency in a line, below it arguments and result."""
    row = call.executed
    how = (" ", cells.status_cell(row), "  ", (duration(row["latency_ms"]), "dim")) if row else ()
    yield Text.assemble(
        "\n", ("Tool call", "bold magenta"), "  ", (one_line(call.name or NOTHING), "magenta"), " ", *how
    )
    arguments = _titled("Arguments", readable(call.arguments), page=page, bar=bar)
    result = _titled("Result", _result(call), page=page, bar=bar)
    if page.width is None or page.width < _SIDE_BY_SIDE_FROM:
        yield from (arguments, result)
        return
    pair = Table.grid(padding=(0, 2, 0, 0), expand=True)
    pair.add_column(ratio=1)
    pair.add_column(ratio=1)
    pair.add_row(arguments, result)
    yield pair


def _titled(title: str, text: str, *, page: Page, bar: str) -> RenderableType:
    return Group(Text(title, style="dim"), Block(text=text or NOTHING, full=page.full, bar=bar, bar_style="magenta"))


def _result(call: ShownToolCall) -> str:
    if call.executed and call.executed["error_type"]:
        return ": ".join(part for part in (call.executed["error_type"], call.executed["error_message"]) if part)
    return "not recorded" if call.result is None else readable(call.result)
