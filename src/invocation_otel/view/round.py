"""One round in four views: Request / Response, Prompt, Cost breakdown, Metadata."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from . import run_cells as cells
from .conversation import Conversation
from .recorded import Recorded
from .round_facts import cost_breakdown, metadata
from .run_tables import files_list
from .summary import failure
from .terminal import Page, Row, facts, section


def round_views(recorded: Recorded, round_: Row, contents: Sequence[Row], *, page: Page) -> Iterator[RenderableType]:
    """All that is known of one round of a run; *contents* are its rows of ``v_messages``."""
    conversation = Conversation(round_=round_, contents=contents, executed=recorded.tool_calls, page=page)
    number = f"   round {round_['round']} of {len(recorded.rounds)}   "
    yield Text.assemble((recorded.run["run_id"], "bold cyan"), number, cells.status_cell(round_), overflow="fold")
    yield section("Request / Response", page=page)
    yield from failure(round_, page=page)
    yield from conversation.system_prompt()
    yield from conversation.tools_offered()
    yield from files_list(recorded.files, page=page)
    yield from conversation.request()
    yield from conversation.response()
    yield section("Prompt", page=page)
    yield from _prompt(round_, conversation, page=page)
    yield section("Cost breakdown", page=page)
    yield from cost_breakdown(round_, page=page)
    yield section("Metadata", page=page)
    yield from metadata(recorded.run, round_, page=page)


def _prompt(round_: Row, conversation: Conversation, *, page: Page) -> Iterator[RenderableType]:
    yield Text()
    prompts = [
        ("System prompt", _versioned(round_["system_prompt_name"], round_["system_prompt_version"])),
        ("User prompt", _versioned(round_["user_prompt_name"], round_["user_prompt_version"])),
    ]
    yield facts(prompts, page=page)
    yield from conversation.system_prompt(title="Rendered system prompt")
    yield from conversation.variables()


def _versioned(name: str, version: str) -> str:
    return f"{name} v{version.removeprefix('v')}" if version else name
