"""Keeps our own failures out of the agent: counted, logged once for each kind, never raised."""

import logging
from collections import Counter
from types import TracebackType

_log = logging.getLogger("invocation_otel")

failures: Counter[str] = Counter()
"""How often something of ours failed, by what it was doing; part of ``handle.stats()``."""


class agent_goes_on:  # noqa: N801 - used as `with agent_goes_on("…"):`, like contextlib's classes
    """Count any error raised inside the block and log the first of its kind; the agent goes on.

    A class and no generator: it stands around everything that runs on the agent's thread, and costs a third.
    """

    __slots__ = ("_doing",)

    def __init__(self, doing: str) -> None:
        self._doing = doing

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        failures[self._doing] += 1
        if failures[self._doing] == 1:
            message = "invocation_otel failed while %s. The agent goes on; further ones are counted only."
            _log.error(message, self._doing, exc_info=error)
        return True
