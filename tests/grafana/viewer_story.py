"""A few runs that have everything a panel can show, as spans on their way into the store."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import viewer_files  # noqa: F401 - it says where landing_rows is

from invocation_otel.spans import attributes as names
from invocation_otel.store.client import Store
from landing_rows import RecordedRun, Row, now

TENANT = "viewer"
HOSTILE_TENANT = "viewer-hostile"
ODD_AGENT = "o'dd \\' \"agent\", ${tenant}\n$__all' --"
"""Found exactly, or the quoting is wrong."""

HOSTILE_TEXT = """![a](http://evil.example/a.png) ![b][ref] !\\[c](http://evil.example/c.png)

[ref]: http://evil.example/b.png
<img src=http://evil.example/i.png onerror=alert(1)><script>alert(1)</script><svg onload=alert(1)><style>*{}</style>
</pre></div></table></details><iframe src="javascript:alert(1)"></iframe> `<img src=x>` &lt;img&gt;

```html
<img src=http://evil.example/f.png> ![d](http://evil.example/d.png)
```
~~~
![e](http://evil.example/e.png)\r\n\r\n<script>alert(2)</script>\r\r![g](http://evil.example/g.png)
unclosed"""
"""Everything that could load a picture, run, or break out of its box."""


@dataclass(frozen=True, kw_only=True)
class Story:
    """The runs by what is special about them, and all their rows."""

    answered: RecordedRun
    earlier: RecordedRun
    failed: RecordedRun
    child: RecordedRun
    odd: RecordedRun
    lost: RecordedRun
    hostile: RecordedRun
    rows: tuple[Row, ...]


@cache
def stored(store: Store) -> Story:
    """The story in *store*, put there once for all tests of the viewer."""
    made = story()
    store.insert("otel_traces", made.rows)
    return made


def story() -> Story:
    """The runs, newest last: a conversation, its sequel with a run inside it, a failure, and worse."""
    began = now() - timedelta(hours=1)

    def recorded(minute: int, tenant: str = TENANT, **identity: str) -> RecordedRun:
        told = {names.AGENT: "support", names.USER_ID: "42", names.SESSION: "s-1", names.MEMORY_ENABLED: "true"}
        said = {getattr(names, name): value for name, value in identity.items()}
        return RecordedRun(tenant=tenant, started_at=began + timedelta(minutes=minute), identity=told | said)

    earlier, answered = recorded(1), recorded(2)
    inside = {"AGENT": "helper", "PARENT_RUN_ID": answered.run_id, "ROOT_RUN_ID": answered.run_id}
    child = recorded(3, **inside)
    task = {"TRIGGER": "task", "CELERY_TASK_ID": "task-1", "CELERY_TASK_NAME": "shop.extract", "CELERY_RETRIES": "2"}
    failed = recorded(4, AGENT="extraction", SESSION="", USER_ID="", **task)
    odd, lost = recorded(5, AGENT=ODD_AGENT, USER_ID=ODD_AGENT, SESSION=ODD_AGENT), recorded(6, SESSION="s-2")
    hostile = recorded(
        7, HOSTILE_TENANT, AGENT=HOSTILE_TEXT[:200], USER_ID=HOSTILE_TEXT[:200], SESSION=HOSTILE_TEXT[:200]
    )
    rows = (
        *_first_turn(earlier),
        *_second_turn(answered),
        *_plain(child),
        *_broken(failed),
        *_plain(odd),
        lost.announcement(),
        *_hostile(hostile),
    )
    return Story(
        answered=answered, earlier=earlier, failed=failed, child=child, odd=odd, lost=lost, hostile=hostile, rows=rows
    )


def message(role: str, *parts: dict[str, Any]) -> dict[str, Any]:
    """A message in OpenTelemetry's form."""
    return {"role": role, "parts": list(parts)}


def said(text: str) -> dict[str, Any]:
    """A text in a message."""
    return {"type": "text", "content": text}


def _first_turn(run: RecordedRun) -> Iterable[Row]:
    content = {
        names.INPUT_MESSAGES: json.dumps([message("user", said("Where is order 7?"))]),
        names.OUTPUT_MESSAGES: json.dumps([message("assistant", said("I will look."))]),
        **_prompt("2"),
    }
    return [run.round(1, content), run.end(1)]


def _second_turn(run: RecordedRun) -> Iterable[Row]:
    memory = [message("user", said("Where is order 7?")), message("assistant", said("I will look."))]
    asks = message("user", said("And **now**?"))
    call = {"type": "tool_call", "id": "call-1", "name": "lookup", "arguments": {"order": 7}}
    result = {"type": "tool_call_response", "id": "call-1", "response": '{"state": "sent"}'}
    known = _prompt("3") | {names.MEMORY_MESSAGES: "2", names.MEMORY_DROPPED: "4", names.FINISH_REASONS: '["stop"]'}
    first = known | _messages([*memory, asks], message("assistant", call))
    second = known | _messages(
        [*memory, asks, message("assistant", call), message("tool", result)], message("assistant", said("On its way."))
    )
    tool = {names.TOOL_CALL_ID: "call-1", names.TOOL_ARGUMENTS: '{"order": 7}', names.TOOL_RESULT: '{"state": "sent"}'}
    file = {
        "name": "a.pdf",
        "media_type": "application/pdf",
        "bytes": 7,
        "sha256": "ab" * 32,
        "source": "url",
        "uri": "https://files.example/a.pdf",
        "mirrored": False,
    }
    return [
        run.round(1, first),
        run.tool_call(1, tool),
        run.round(2, second),
        run.end(2, {names.FILES: json.dumps([file])}),
    ]


def _prompt(version: str) -> dict[str, str]:
    return {
        names.SYSTEM_INSTRUCTIONS: json.dumps([said("Help customers of Süd.")]),
        names.SYSTEM_PROMPT_NAME: "support-system",
        names.SYSTEM_PROMPT_VERSION: version,
        names.PROMPT_VARIABLES: '{"variables": {"shop": "Süd"}, "system_variables": {}}',
        names.TOOL_DEFINITIONS: json.dumps([{"type": "function", "function": {"name": "lookup"}}]),
        names.REQUEST_PARAMS: '{"temperature":0.5}',
    }


def _messages(inputs: list[dict[str, Any]], output: dict[str, Any]) -> dict[str, str]:
    return {names.INPUT_MESSAGES: json.dumps(inputs), names.OUTPUT_MESSAGES: json.dumps([output])}


def _plain(run: RecordedRun) -> Iterable[Row]:
    return [run.round(1), run.end(1)]


def _broken(run: RecordedRun) -> Iterable[Row]:
    wrong = {names.STATUS: "failed", names.ERROR_TYPE: "openai.RateLimitError", names.COST_TOTAL: ""}
    unpriced = {names.RUN_COST: "", names.RUN_UNPRICED: "1", names.COST_SOURCE: "unpriced"}
    return [run.round(1, wrong | unpriced), run.end(1, wrong | unpriced)]


def _hostile(run: RecordedRun) -> Iterable[Row]:
    call = {"type": "tool_call", "id": HOSTILE_TEXT, "name": HOSTILE_TEXT, "arguments": {HOSTILE_TEXT: HOSTILE_TEXT}}
    result = {"type": "tool_call_response", "id": HOSTILE_TEXT, "response": HOSTILE_TEXT}
    strange = {"type": HOSTILE_TEXT, HOSTILE_TEXT: HOSTILE_TEXT}
    inputs = [
        message("user", said(HOSTILE_TEXT), strange),
        message(HOSTILE_TEXT, {"type": "reasoning", "content": HOSTILE_TEXT * 30}),
        message("assistant", call),
        message("tool", result),
    ]
    content = {
        names.INPUT_MESSAGES: json.dumps(inputs),
        names.OUTPUT_MESSAGES: json.dumps([message("assistant", said(HOSTILE_TEXT), call)]),
        names.SYSTEM_INSTRUCTIONS: json.dumps([said(HOSTILE_TEXT)]),
        names.PROMPT_VARIABLES: json.dumps({"variables": {HOSTILE_TEXT: HOSTILE_TEXT}}),
        names.TOOL_DEFINITIONS: json.dumps([{"name": HOSTILE_TEXT}]),
        names.REQUEST_PARAMS: json.dumps({HOSTILE_TEXT: HOSTILE_TEXT}),
        **dict.fromkeys(_SHOWN_AS_THEY_ARE, HOSTILE_TEXT),
        names.STATUS: "failed",
    }
    tool = {names.TOOL_NAME: HOSTILE_TEXT, names.TOOL_CALL_ID: HOSTILE_TEXT, names.ERROR_TYPE: HOSTILE_TEXT}
    return [run.round(1, content), run.tool_call(1, tool | {names.STATUS: "failed"}), run.end(1)]


_SHOWN_AS_THEY_ARE = (
    names.SYSTEM_PROMPT_NAME,
    names.SYSTEM_PROMPT_VERSION,
    names.USER_PROMPT_NAME,
    names.USER_PROMPT_VERSION,
    names.ERROR_TYPE,
    names.RESPONSE_ID,
    names.RESPONSE_MODEL,
    names.REQUEST_MODEL,
    names.PROVIDER,
    names.PRICE_VERSION,
)
