"""Which runs are asked for."""

import shlex
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from invocation_otel.errors import SettingsError

from .run_cells import STATUS_STYLES
from .times import iso_utc, since_moment, until_moment

STATUSES = tuple(STATUS_STYLES)
TRIGGERS = ("user", "system", "task")

_NAMED = ("tenant", "agent", "provider", "model", "status", "trigger", "user", "session")
MOST_RUNS = 2**32 - 1
"""The highest limit that the queries take."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Which runs are asked for, in the words of the options; ``None`` lets everything through."""

    tenant: str | None = None
    agent: str | None = None
    provider: str | None = None
    model: str | None = None
    status: str | None = None
    trigger: str | None = None
    memory: bool | None = None
    user: str | None = None
    session: str | None = None
    since: str | None = None
    """A day, a time, an age such as ``24h``, ``today`` or ``yesterday``; see `times`."""

    until: str | None = None
    """In the same forms; a day is in to its end."""

    limit: int = 50
    """How many runs at most, the newest."""

    def __post_init__(self) -> None:
        for name in _NAMED:
            if getattr(self, name) == "":
                raise SettingsError(f"--{name} is empty; expected a name, or leave the option out.")
        _check("--status", self.status, STATUSES)
        _check("--trigger", self.trigger, TRIGGERS)
        if not 1 <= self.limit <= MOST_RUNS:
            raise SettingsError(f"--limit is {self.limit}; expected a whole number from 1 to {MOST_RUNS}.")

    def parameters(self, *, now: datetime) -> dict[str, Any]:
        """The parameters of the list's query; an empty one lets everything through."""
        return {name: getattr(self, name) or "" for name in _NAMED} | {
            "memory": "" if self.memory is None else str(self.memory).lower(),
            "since": iso_utc(since_moment(self.since, now=now)) if self.since else "",
            "until": iso_utc(until_moment(self.until, now=now)) if self.until else "",
            "limit": self.limit,
        }

    def described(self) -> str:
        """The filters as options, ``--agent support --since 7d``; empty when there are none."""
        chosen = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "limit"}
        return " ".join(_option(name, value) for name, value in chosen.items() if value is not None)


def _check(option: str, value: str | None, accepted: tuple[str, ...]) -> None:
    if value is not None and value not in accepted:
        raise SettingsError(f"{option} is {value!r}; expected one of {', '.join(accepted)}.")


def _option(name: str, value: object) -> str:
    if isinstance(value, bool):
        return f"--{name}" if value else f"--no-{name}"
    return f"--{name} {shlex.quote(str(value))}"
