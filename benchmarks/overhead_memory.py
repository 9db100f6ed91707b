"""Whether memory stays flat over a million spans: resident bytes after a tenth of them, and after all."""

import gc
import os
from pathlib import Path

import invocation_otel
from invocation_otel import invocation
from overhead_figures import Figure
from sink import sink

SPANS_OF_RUN = 5
BETWEEN_FLUSHES = 5_000
WARM = 10
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
GROWTH = 1.05
"""What counts as flat: the allocator's own ups and downs are a few per cent."""


def remembered(*, spans: int) -> Figure:
    """Resident memory after *spans*, beside that after the first tenth of them."""
    with sink() as endpoint:
        handle = invocation_otel.configure(endpoint=endpoint, announce=False, instrument=False)
        early = 0.0
        for produced in range(BETWEEN_FLUSHES, spans + 1, BETWEEN_FLUSHES):
            for _ in range(BETWEEN_FLUSHES // SPANS_OF_RUN):
                _run()
            assert handle.flush(60), "the endpoint did not take the spans"
            if produced <= spans // WARM:
                early = _resident_mb()
        late = _resident_mb()
        stats = handle.stats()
        handle.shutdown()
        assert (stats.exported, stats.dropped) == (spans, 0), stats
    slope = (late - early) * 1e6 / (spans - spans // WARM)
    return Figure(
        what=f"RSS after {spans:,} spans ({slope:+.2f} bytes a span)",
        ours=late,
        baseline=early,
        unit="MB",
        target=GROWTH,
    )


def _run() -> None:
    with invocation("support", triggered_by="user", user_id="42") as run:
        for _ in range(3):
            with run.round(provider="openai", model="gpt-4o-mini", messages="Where is order 7?") as round_:
                round_.respond("On its way.", input_tokens=812, output_tokens=9, stop_reason="stop")
        with run.tool("lookup_order", arguments={"id": 7}) as tool:
            tool.result({"status": "shipped"})


def _resident_mb() -> float:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES / 1e6
