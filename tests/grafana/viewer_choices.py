"""What the variables of the dashboards may hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from interpolation import ALL, Page, Value
from viewer_files import PANELS
from viewer_story import ODD_AGENT, TENANT, Story

from invocation_otel.store.client import Store

FILTERS = ("agent", "provider", "model", "status", "trigger", "memory", "user")
TEXTS = ("tenant", "text", "run", "round", "other", "session")
HOSTILE = (
    "\\' OR 1=1 --",
    "' OR 1=1 --",
    "'); DROP TABLE runs --",
    "${tenant}",
    "$__all' --",
    "$__timeFilter(started_at)",
    "a,b'\n\\",
    "{x:String}",
    "\x00\x1b%27%5C",
    "run_00000000000000000000000000000000",
    "run_ffffffffffff7fff8fffffffffffffff",
)


@dataclass(frozen=True)
class Chosen:
    """What the variables of every dashboard hold."""

    texts: Mapping[str, str]
    filters: Mapping[str, list[str]]
    rows: str = "200"
    view: str = "rendered"

    @property
    def variables(self) -> dict[str, Value]:
        return {**self.texts, **self.filters, "rows": self.rows, "view": self.view}


UNSET = Chosen(dict.fromkeys(TEXTS, ""), {name: [ALL] for name in FILTERS})


def everything(value: str) -> Chosen:
    """Every variable holds *value*."""
    return Chosen(dict.fromkeys(TEXTS, value), {name: [value] for name in FILTERS}, rows=value, view=value)


def chosen(story: Story, view: str = "rendered") -> Chosen:
    """What somebody would choose who looks for the answered run."""
    texts = {
        "tenant": TENANT,
        "text": "order",
        "run": story.answered.run_id,
        "round": "2",
        "other": story.earlier.run_id,
        "session": "s-1",
    }
    filters = {
        "agent": ["support", ODD_AGENT],
        "provider": ["openai"],
        "model": ["gpt-5-2026"],
        "status": ["success", "lost"],
        "trigger": ["user"],
        "memory": ["on"],
        "user": ["42", ODD_AGENT],
    }
    return Chosen(texts, filters, view=view)


def shown(store: Store, panel: str, variables: Mapping[str, Value]) -> list[dict[str, Any]]:
    """The rows of *panel*, where the variables that are not named hold nothing."""
    sql = PANELS[panel][1]["targets"][0]["rawSql"]
    return store.rows(Page(variables={**UNSET.variables, **variables}).sql(sql))
