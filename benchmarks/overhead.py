"""What recording costs the program, beside raw OpenTelemetry or nothing in the same run.

    python benchmarks/overhead.py [--only PART …] [--quick] [--json]

Each part has a process of its own, so that none sees another's tracer provider. Ratios below 1 mean that ours is
cheaper. Exits with 1 when a target is missed; on a machine that does other work at the same time it may be.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator

from overhead_caller import compared
from overhead_figures import Figure
from overhead_memory import remembered
from overhead_start import started
from overhead_stream import streamed


def _alone(*, quick: bool) -> Iterator[Figure]:
    yield from compared(blocks=3 if quick else 12, iterations=200, beside=False)


def _beside(*, quick: bool) -> Iterator[Figure]:
    yield from compared(blocks=3 if quick else 12, iterations=200, beside=True)


def _stream(*, quick: bool) -> Iterator[Figure]:
    yield from streamed(chunks=2_000, times=5 if quick else 21)


def _start(*, quick: bool) -> Iterator[Figure]:
    yield started(times=3 if quick else 11)


def _memory(*, quick: bool) -> Iterator[Figure]:
    yield remembered(spans=100_000 if quick else 1_000_000)


PARTS: dict[str, Callable[..., Iterator[Figure]]] = {
    "alone": _alone,
    "beside": _beside,
    "stream": _stream,
    "start": _start,
    "memory": _memory,
}


def main() -> int:
    """Run what is asked for; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS), help="these parts")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, less memory: figures are rougher")
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of the table")
    options = parser.parse_args()
    if len(options.only) > 1:
        return _each(options)
    missed = False
    for figure in PARTS[options.only[0]](quick=options.quick):
        print(figure.to_json() if options.json else figure.line(), flush=True)
        missed |= figure.verdict == "MISSED"
    return int(missed)


def _each(options: argparse.Namespace) -> int:
    more = [flag for flag, given in (("--quick", options.quick), ("--json", options.json)) if given]
    if not options.json:
        print(f"{'':<44} {'ours':>10} {'baseline':>10}", flush=True)
    codes = [subprocess.run([sys.executable, __file__, "--only", part, *more], check=False) for part in options.only]
    return max(done.returncode for done in codes)


if __name__ == "__main__":
    sys.exit(main())
