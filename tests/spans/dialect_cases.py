"""Spans of other libraries as they were recorded, and what is read in them.

Each file of `dialects/` is one library, or one release of it. The libraries ran against a local server that gives the
same answers in every provider's form: the model asks for `lookup_order(order_id=7)`, then answers. ``source`` names the
versions, ``told`` is what `canonical` makes of a span, looked through by hand when it was added.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from invocation_otel.spans.dialects.dialect import Event, Source

FILES = sorted((Path(__file__).parent / "dialects").glob("*.json"))


@dataclass(frozen=True, kw_only=True)
class Case:
    """One recorded span."""

    file: str
    number: int
    source: Source
    attributes: Mapping[str, Any]
    told: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Names the span in a test's output."""
        return f"{self.file}-{self.number}-{self.source.name.replace(' ', '_')}"

    @property
    def operation(self) -> str:
        """What the span is about."""
        return str(self.told["gen_ai.operation.name"])


def _cases(file: Path) -> list[Case]:
    spans = json.loads(file.read_text())["spans"]
    return [
        Case(
            file=file.stem,
            number=number,
            source=Source(
                span["scope"],
                span["name"],
                tuple(Event(event["name"], event["attributes"]) for event in span["events"]),
            ),
            attributes=span["attributes"],
            told=span["told"],
        )
        for number, span in enumerate(spans)
    ]


CASES = [case for file in FILES for case in _cases(file)]
ROUNDS = [case for case in CASES if case.operation in {"chat", "generate_content", "text_completion"}]
TOOL_CALLS = [case for case in CASES if case.operation == "execute_tool"]
