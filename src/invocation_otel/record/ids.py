"""Ids of runs, and of the spans that the library makes beside those of the agent.

A run's is a UUIDv7, so that the time of its start is in it; written ``run_`` + 32 hex digits everywhere.
"""

import os
import random

_VERSION_AND_VARIANT = 7 << 76 | 2 << 62
_RANDOM_AND_TIME = (1 << 128) - 1 & ~(0xF << 76 | 0x3 << 62)

# Not os.urandom for each id: it lets go of the interpreter, and the agent's thread then waits until a thread of ours
# gives it back. A generator of our own, since programs seed the shared one, and what they draw from it must not depend
# on what our threads draw; a forked child seeds it anew.
_random = random.Random()  # noqa: S311 - ids need be unique, not secret
os.register_at_fork(after_in_child=_random.seed)


def new_run_id(started_ns: int) -> str:
    """A new id for a run that started at *started_ns* (RFC 9562 §5.7: 48 bits of milliseconds, the rest random)."""
    value = (started_ns // 1_000_000) << 80 | _random.getrandbits(80)
    return f"run_{value & _RANDOM_AND_TIME | _VERSION_AND_VARIANT:032x}"


def new_trace_id() -> int:
    """A new id for a trace of the library's own; never 0, which says that there is none."""
    return _random.getrandbits(128) or 1


def new_span_id() -> int:
    """A new id for a span of the library's own; never 0, either."""
    return _random.getrandbits(64) or 1
