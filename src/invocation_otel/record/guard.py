"""Keeps our own failures out of the agent: counted, logged once for each kind, never raised."""

import logging
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

_log = logging.getLogger("invocation_otel")

failures: Counter[str] = Counter()
"""How often something of ours failed, by what it was doing; part of ``handle.stats()``."""


@contextmanager
def agent_goes_on(doing: str) -> Generator[None, None, None]:
    """Count any error raised inside the block and log the first of its kind; the agent goes on."""
    try:
        yield
    except Exception:  # noqa: BLE001 - the one place that may catch everything
        failures[doing] += 1
        if failures[doing] == 1:
            _log.exception("invocation_otel failed while %s. The agent goes on; further ones are counted only.", doing)
