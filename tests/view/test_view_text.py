"""What users, models and tools wrote is shown as text, whatever is in it."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from view_rows import piped, printed, terminal

from invocation_otel.view.terminal import Page, facts, heading, show
from invocation_otel.view.text import FOLDED_LINES, Block, cell, one_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, Müller, 東京, 👩‍🚀", "plain, Müller, 東京, 👩‍🚀"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b2J and \x7f", r"\x9b2J and \x7f"),
        ("over\rwritten", r"over\rwritten"),
        ("back\x08space and \x00", r"back\x08space and \x00"),
        ("\u202etxt.exe", r"\u202etxt.exe"),
        ("\u2066isolate\u2069", r"\u2066isolate\u2069"),
        ("zero\u200bwidth \ufeff", r"zero\u200bwidth \ufeff"),
        ("\U000e0041 tag", r"\U000e0041 tag"),
        ("half \ud800 a pair", r"half \ud800 a pair"),
        ("line\u2028separator", r"line\u2028separator"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("from\r\nWindows", "from\nWindows"),
    ],
)
def test_what_could_play_tricks_on_a_terminal_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_no_control_character_is_left_in_any_text(text: str) -> None:
    controls = {character for character in visible(text) if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")}
    assert controls <= {"\n", "\t"}


def test_a_cell_has_one_line() -> None:
    assert one_line("a\nb\tc\r\nd") == r"a\nb\tc\nd"
    assert cell("a\nb").plain == r"a\nb"


@pytest.mark.parametrize(
    "text", ["[bold red]x[/bold red]", "[link=http://evil]x[/link]", "[/]", ":boom:", "[[", r"\[x]"]
)
@pytest.mark.parametrize("make_console", [piped, lambda: terminal(100)], ids=["piped", "terminal"])
def test_markup_in_a_text_is_no_markup(text: str, make_console: object) -> None:
    assert callable(make_console)
    console = make_console()
    page = Page.on(console)
    show(console, Block(text=text, full=True), heading(text, text), cell(text), facts([(text, text)], page=page))
    assert printed(console) == f"│ {text}\n\n{text}  {text}\n{text}\n{text}  {text}\n"


def test_a_long_text_is_cut_and_the_reader_is_told_how_much_is_hidden_and_how_to_see_it() -> None:
    console = terminal(60)
    lines = [f"line {number}" for number in range(1, 31)]
    show(console, Block(text="\n".join(lines), full=False))
    # 14 lines of 7 characters, and the line ends between them.
    told = f"… about {14 * 7 + 13} characters more; --full shows them"
    shown = printed(console).replace("\n│ ", "\n")
    assert shown == "│ " + "\n".join([*lines[:FOLDED_LINES], told]) + "\n"


def test_a_text_without_line_ends_is_cut_as_well() -> None:
    console = terminal(62)
    show(console, Block(text="x" * 10_000, full=False))
    lines = printed(console).splitlines()
    assert lines[:FOLDED_LINES] == ["│ " + "x" * 60] * FOLDED_LINES
    found = re.fullmatch(
        r"│ … about ([\d,]+) characters more; --full shows them", lines[-1] if len(lines) == 17 else ""
    )
    assert found is not None
    assert abs(int(found[1].replace(",", "")) - (10_000 - 60 * FOLDED_LINES)) <= FOLDED_LINES


@pytest.mark.parametrize("characters", [FOLDED_LINES * 40, FOLDED_LINES * 40 + 1])
def test_a_text_that_just_fits_is_not_cut(characters: int) -> None:
    console = terminal(42)
    show(console, Block(text="x" * characters, full=False))
    assert ("--full" in printed(console)) == (characters > FOLDED_LINES * 40)


def test_all_of_a_long_text_is_shown_on_demand() -> None:
    console = terminal(100)
    show(console, Block(text="\n".join(["line"] * 1000), full=True))
    assert printed(console) == "│ line\n" * 1000


def test_in_a_pipe_no_line_is_broken_and_nothing_is_hidden() -> None:
    console = piped()
    text = "word " * 5000 + "\n" + "y" * 20_000
    show(console, Block(text=text, full=Page.on(console).full))
    first, second = text.split("\n")
    assert printed(console) == f"│ {first.rstrip()}\n│ {second}\n"
