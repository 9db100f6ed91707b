"""A part of the day of the demo's company."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from .staff import Staff

ANTHROPIC = frozenset({"anthropic"})
OPENAI = frozenset({"openai"})


@dataclass(frozen=True, kw_only=True)
class Act:
    """What one agent is asked during the day."""

    agent: str
    story: str
    asks: frozenset[str]
    """The providers that it needs."""
    play: Callable[[Staff], Awaitable[None]]
    only_scripted: bool = False
    """Real providers cannot be made to do this."""
