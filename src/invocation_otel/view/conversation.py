"""What the model was given in a round, and what it answered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rich.console import RenderableType
from rich.text import Text

from .exact_json import readable
from .message_parts import NO_LONGER_KEPT, Part, message_parts, tool_names
from .terminal import Page, Row, heading
from .text import Block
from .tool_call_view import ShownToolCall, tool_call_view

_ROLE_STYLES = {"system": "yellow", "developer": "yellow", "user": "blue", "assistant": "green", "tool": "magenta"}


@dataclass(frozen=True)
class _Message:
    role: str
    parts: Sequence[Part]


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """The contents of one round, and the executions of the tool calls that they tell of."""

    round_: Row
    contents: Sequence[Row]
    executed: Sequence[Row]
    """The tool calls of the whole run: a round's messages tell of those of the rounds before it."""

    page: Page

    def system_prompt(self, *, title: str = "System prompt") -> Iterator[RenderableType]:
        """The system prompt, under *title*."""
        for row in self._rows("system"):
            text = "\n\n".join(part.text for part in message_parts(row["body"]))
            yield heading(title, style="yellow")
            yield Block(text=text, full=self.page.full, bar_style="yellow")

    def tools_offered(self) -> Iterator[RenderableType]:
        """The names of the tools that the model could call."""
        for row in self._rows("tools"):
            yield heading("Tools offered", ", ".join(tool_names(row["body"] or "")), style="magenta")

    def request(self) -> Iterator[RenderableType]:
        """The messages: those from memory set apart, then those of this turn."""
        memory = self._messages("memory")
        if memory:
            yield heading("From memory", f"{len(memory)} message{'s' * (len(memory) > 1)}", style="magenta")
            yield from self._said(memory, quiet=True)
            yield heading("This turn", style="magenta")
        yield from self._said(self._messages("input"), quiet=False)

    def response(self) -> Iterator[RenderableType]:
        """What the model answered, and what became of the tool calls that it asked for."""
        open_calls = [row for row in self.executed if row["round"] == self.round_["round"]]
        answers = self._messages("output")
        yield heading("LLM response", self.round_["stop_reason"] if answers else "none was recorded", style="green")
        for number, part in enumerate(part for message in answers for part in message.parts):
            if part.kind == "tool_call":
                row = _execution_of(part, open_calls)
                open_calls = [other for other in open_calls if other is not row]
                result = row["result"] if row else None
                yield from self._tool_call(part.name, part.text, result=result, row=row)
            else:
                yield from [Text()] * (number > 0)
                yield Block(text=_labelled(part), full=self.page.full, bar_style="green")
        for row in open_calls:
            yield from self._tool_call(row["tool"], row["arguments"], result=row["result"], row=row)

    def _said(self, messages: Sequence[_Message], *, quiet: bool) -> Iterator[RenderableType]:
        bar, style = ("┊", "dim") if quiet else ("│", "")
        for role, part in ((message.role, part) for message in messages for part in message.parts):
            if part.kind == "tool_call":
                row = next((row for row in self.executed if part.call_id and row["tool_call_id"] == part.call_id), None)
                yield from self._tool_call(part.name, part.text, result=self._results.get(part.call_id), row=row)
            elif part.call_id not in self._asked:
                colour = _ROLE_STYLES.get(role, "")
                yield heading(role.capitalize(), style=colour)
                yield Block(text=_labelled(part), full=self.page.full, style=style, bar=bar, bar_style=colour or "dim")

    def _tool_call(self, name: str, arguments: str, *, result: str | None, row: Row | None) -> Iterator[RenderableType]:
        return tool_call_view(
            ShownToolCall(name=name, arguments=arguments, result=result, executed=row), page=self.page
        )

    @cached_property
    def _results(self) -> dict[str, str]:
        """What the messages say came back, by the id of the tool call."""
        return {part.call_id: part.text for part in self._given if part.kind == "tool_call_response"}

    @cached_property
    def _asked(self) -> set[str]:
        """The ids of the tool calls in the messages: their results stand beside them."""
        return {part.call_id for part in self._given if part.kind == "tool_call" and part.call_id}

    @cached_property
    def _given(self) -> list[Part]:
        messages = [*self._messages("memory"), *self._messages("input")]
        return [part for message in messages for part in message.parts]

    def _messages(self, part: str) -> list[_Message]:
        return [_Message(row["role"], message_parts(row["body"])) for row in self._rows(part)]

    def variables(self) -> Iterator[RenderableType]:
        """What the prompts were filled with."""
        for row in self._rows("variables"):
            yield heading("Variables", "as they were when the prompts were filled")
            yield Block(text=NO_LONGER_KEPT if row["body"] is None else readable(row["body"]), full=self.page.full)

    def _rows(self, part: str) -> list[Row]:
        return [row for row in self.contents if row["part"] == part]


def _execution_of(part: Part, rows: Sequence[Row]) -> Row | None:
    """The execution of the tool call *part*: the one with its id, else the first of that tool that tells no id."""
    same_id = (row for row in rows if part.call_id and row["tool_call_id"] == part.call_id)
    same_tool = (row for row in rows if not row["tool_call_id"] and row["tool"] == part.name)
    return next(same_id, None) or next(same_tool, None)


def _labelled(part: Part) -> str:
    return part.text if part.kind == "text" else f"({part.kind})\n{part.text}"
