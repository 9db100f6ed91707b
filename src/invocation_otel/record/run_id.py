"""Run ids: UUIDv7, so that the time of the run's start is in them; written ``run_`` + 32 hex digits everywhere."""

import os
from uuid import UUID


def new_run_id(started_ns: int) -> str:
    """A new id for a run that started at *started_ns* (RFC 9562 §5.7: 48 bits of milliseconds, the rest random)."""
    random = int.from_bytes(os.urandom(10))
    value = (started_ns // 1_000_000) << 80 | random
    value = value & ~(0xF << 76) | 7 << 76  # version
    value = value & ~(0x3 << 62) | 2 << 62  # variant
    return f"run_{UUID(int=value).hex}"
