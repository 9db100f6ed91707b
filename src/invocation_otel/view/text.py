"""Text that users, models and tools wrote, shown as text: it moves no cursor and is no markup, however long it is."""

from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from .figures import NOTHING

FOLDED_LINES = 16
"""How many lines of a long text are shown, unless all of it is asked for."""

# Not printable for `str.isprintable`, but harmless: spaces that do not break, and what joins letters and emoji.
_HARMLESS = frozenset("\n\t\u00a0\u00ad\u202f\u3000\u200c\u200d")


def visible(text: str) -> str:
    r"""*text* with each control and invisible character written out, such as ``\x1b`` and ``\u202e``."""
    if text.isprintable():
        return text
    return "".join(map(_visible_character, text.replace("\r\n", "\n")))


def one_line(text: str) -> str:
    r"""*text* as `visible` gives it, its line ends and tabs written ``\n`` and ``\t``."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def cell(text: str, style: str = "") -> Text:
    """*text* in one line of a table."""
    return Text(one_line(text), style="dim" if text == NOTHING else style, no_wrap=True, overflow="ellipsis")


@dataclass(frozen=True, kw_only=True)
class Block:
    """A text of any length behind a bar: its first lines and how much is hidden, or all of it when *full*."""

    text: str
    full: bool
    style: str = ""
    bar: str = "│"
    bar_style: str = "dim"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The lines, as wide as there is room."""
        width = max(options.max_width - len(self.bar) - 1, 1)
        # What cannot reach the screen is cut first: wrapping takes time.
        reachable = self.text if self.full else self.text[: FOLDED_LINES * width + 1]
        lines = list(Text(visible(reachable), style=self.style, tab_size=4, overflow="fold").wrap(console, width))
        if not self.full and (len(lines) > FOLDED_LINES or len(reachable) < len(self.text)):
            lines = lines[:FOLDED_LINES]
            lines += Text(self._hidden(lines), style="dim italic").wrap(console, width)
        for line in lines:
            yield Text.assemble((f"{self.bar} ", self.bar_style), line, no_wrap=True, overflow="ignore")

    def _hidden(self, shown: list[Text]) -> str:
        """How much is not shown; the blanks at which lines were broken are not counted."""
        characters = len(self.text) - sum(len(line) for line in shown) - len(shown)
        return f"… about {max(characters, 1):,} characters more; --full shows them"


def _visible_character(character: str) -> str:
    if character.isprintable() or character in _HARMLESS:
        return character
    return character.encode("unicode_escape").decode()
