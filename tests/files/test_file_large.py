"""A file of 2 GB is hashed and copied in little memory, and keeps nobody waiting."""

import json
import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import json, resource, sys, time
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
import invocation_otel

exporter = InMemorySpanExporter()
handle = invocation_otel.configure(
    tracer_provider=TracerProvider(), exporter=exporter, files=sys.argv[2], instrument=False
)

def run(path):
    started = time.perf_counter()
    with invocation_otel.invocation("reader", files=[path]):
        pass
    return time.perf_counter() - started

run(sys.argv[3])
assert handle.flush(60)
before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
took_s = run(sys.argv[1])
assert handle.flush(120)
after_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
spans = exporter.get_finished_spans()
told = [span.attributes["invocation.files"] for span in spans if "invocation.files" in span.attributes]
print(json.dumps({"more_mb": (after_kb - before_kb) / 1024, "took_s": took_s, "file": json.loads(told[-1])[0]}))
"""


def test_a_file_of_2_gb_takes_little_memory_and_none_of_the_agents_time(tmp_path: Path) -> None:
    large, small = tmp_path / "large.bin", tmp_path / "small.bin"
    small.write_bytes(b"small")
    with large.open("wb") as sparse:
        sparse.truncate(2 << 30)
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, large, tmp_path / "copies", small], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    # Of 2 GB of zeros, by `head -c 2147483648 /dev/zero | sha256sum`.
    expected = "a7c744c13cc101ed66c29f672f92455547889cc586ce6d44fe76ae824958ea51"
    [copy] = (path for path in (tmp_path / "copies").rglob(expected))
    kept_bytes = copy.stat().st_size
    copy.unlink()
    large.unlink()
    assert (told["file"]["bytes"], told["file"]["sha256"], kept_bytes) == (2 << 30, expected, 2 << 30)
    assert told["more_mb"] < 50
    assert told["took_s"] < 0.5
