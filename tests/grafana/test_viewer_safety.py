"""What users wrote is shown and never run: it loads nothing, and it breaks out of no box."""

from html.parser import HTMLParser

import pytest
from interpolation import Page
from markdown_it import MarkdownIt
from viewer_choices import UNSET
from viewer_files import PANELS
from viewer_story import HOSTILE_TENANT, HOSTILE_TEXT, Story, stored

from invocation_otel.store.client import Store

OURS = frozenset("div b span pre code table tr td details summary p a em strong ul ol li br hr h1 h2 tbody".split())  # noqa: SIM905 - easier to read
WITHOUT_END = frozenset({"br", "hr"})
OUR_ATTRIBUTES = frozenset({"style", "href", "valign", "width"})


@pytest.fixture(scope="module")
def told(store: Store) -> Story:
    """The story, stored."""
    return stored(store)


class Seen(HTMLParser):
    """What a browser would find in a cell."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag not in WITHOUT_END:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def markdown_cells() -> list[str]:
    """Every panel with a cell that Grafana reads as markdown and HTML."""
    return [name for name, (_, panel) in PANELS.items() if '"type": "markdown"' in str(panel).replace("'", '"')]


def hostile_page(story: Story, view: str) -> Page:
    session = HOSTILE_TEXT[:200]
    held = {"tenant": HOSTILE_TENANT, "run": story.hostile.run_id, "round": "1", "session": session, "view": view}
    return Page(variables=UNSET.variables | held | {"other": story.answered.run_id})


def test_the_markdown_cells_are_the_ones_that_are_tried() -> None:
    assert markdown_cells() == [
        "invocation-logs: Runs",
        "invocation-run: Request / response · r$round",
        "invocation-run: Prompt · r$round",
        "invocation-run: Cost breakdown · r$round",
        "invocation-run: Metadata · r$round",
        "invocation-run: Beside another run",
        "invocation-session: What was said",
    ]


@pytest.mark.parametrize("view", ["rendered", "plain", "stored"])
@pytest.mark.parametrize("panel", markdown_cells())
def test_hostile_text_becomes_no_element_and_stays_in_its_box(store: Store, told: Story, panel: str, view: str) -> None:
    rows = store.rows(hostile_page(told, view).sql(PANELS[panel][1]["targets"][0]["rawSql"]))
    assert rows
    column = "Rounds" if panel.endswith("Runs") else next(iter(rows[0]))
    seen = Seen(MarkdownIt("commonmark").enable("table").render(rows[0][column]))
    assert seen.tags <= OURS
    assert seen.attributes <= OUR_ATTRIBUTES
    assert (seen.unbalanced, seen.open) == ([], [])
    assert [link for link in seen.links if not link.startswith(("/d/invocation-", "http://evil.example"))] == []


def test_hostile_text_is_shown_word_for_word(store: Store, told: Story) -> None:
    sql = PANELS["invocation-run: Request / response · r$round"][1]["targets"][0]["rawSql"]
    [row] = store.rows(hostile_page(told, "plain").sql(sql))
    seen = Seen(MarkdownIt("commonmark").render(row["Messages"]))
    assert HOSTILE_TEXT.replace("\r\n", "\n").replace("\r", "\n") in seen.text


def test_the_check_sees_what_is_not_escaped() -> None:
    seen = Seen(MarkdownIt("commonmark").render(HOSTILE_TEXT))
    assert {"img", "script", "svg", "iframe"} <= seen.tags
    assert seen.unbalanced
