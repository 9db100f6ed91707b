"""Run ids: UUIDv7, so that the time of the run's start is in them; written ``run_`` + 32 hex digits everywhere."""

import os

_VERSION_AND_VARIANT = 7 << 76 | 2 << 62
_RANDOM_AND_TIME = (1 << 128) - 1 & ~(0xF << 76 | 0x3 << 62)


def new_run_id(started_ns: int) -> str:
    """A new id for a run that started at *started_ns* (RFC 9562 §5.7: 48 bits of milliseconds, the rest random)."""
    value = (started_ns // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    return f"run_{value & _RANDOM_AND_TIME | _VERSION_AND_VARIANT:032x}"
