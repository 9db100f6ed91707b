"""What a process says about its delivery: with what is stored, it adds up to what agents produced."""

import random
import time
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from sending import batch_of, run

from invocation_otel.deliver.announce import report
from invocation_otel.deliver.batch import Batch, spans_of
from invocation_otel.deliver.counts import Counts
from invocation_otel.deliver.courier import Courier
from invocation_otel.deliver.limits import Limits
from invocation_otel.deliver.sender import TAKEN, Answer, Verdict
from invocation_otel.deliver.spool import Spool
from invocation_otel.spans import attributes as a
from otlp_endpoint import endpoint

RUNS = 60
CODE = f"""
configure(spool="off", memory_bytes=1, max_pause_s=0.1)
for _ in range({RUNS}):
    with invocation_otel.invocation("support"):
        pass
    handle.flush(0.02)
handle.flush(10)
print(handle.stats().produced, handle.stats().exported, handle.stats().dropped)
"""


def attributes_of(span: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in span.attributes}


def spans_in(body: bytes) -> list[dict[str, Any]]:
    return [attributes_of(span) for *_, span in spans_of(ExportTraceServiceRequest.FromString(body))]


def test_announcements_that_are_lost_are_not_taken_for_spans_of_agents(tmp_path: Path) -> None:
    """Else as many spans could be missing, and nobody would know."""
    taken: list[dict[str, Any]] = []
    well_at = time.monotonic() + 2

    def answer(_names: list[str], body: bytes) -> int:
        if time.monotonic() < well_at:
            return 503
        taken.extend(spans_in(body))
        return 200

    with endpoint() as receiver:
        receiver.answer = answer
        done = run(CODE, endpoint=receiver.url, spool=tmp_path)
    reports = [told for told in taken if a.DELIVERY_PRODUCED in told]
    announced = [told for told in taken if a.PENDING in told]
    stored = len(taken) - len(reports) - len(announced)
    assert len(announced) < RUNS, "some were lost"
    assert done.stdout.split() == [str(number) for number in (RUNS, stored, RUNS - stored)]
    assert {name: value for name, value in reports[-1].items() if value} == {
        a.DELIVERY_PRODUCED: RUNS,
        a.DELIVERY_DROPPED: RUNS - stored,
    }


class Scripted:
    """Takes everything, or nothing."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def send(self, batch: Batch) -> Answer:  # noqa: ARG002 - whatever it is
        return self.answer

    def start_over(self) -> None:
        pass

    def close(self) -> None:
        pass


def told_by(counts: Counts) -> dict[str, Any]:
    """What the report of *counts* says, without zeros."""
    told = report(counts, Resource({})).attributes or {}
    return {name.removeprefix("invocation.delivery."): value for name, value in told.items() if value}


def with_announcement(*names: str) -> Batch:
    """A batch of spans, the last of which is an announcement."""
    message = batch_of(*names).message()
    message.resource_spans[0].scope_spans[0].spans[-1].attributes.add(key=a.PENDING).value.bool_value = True
    return Batch(len(names), message.SerializeToString(), own=1)


def test_the_librarys_own_spans_are_counted_neither_on_disk_nor_when_they_are_refused(tmp_path: Path) -> None:
    counts = Counts(produced=2)
    sender = Scripted(Answer(Verdict.LATER, "busy"))
    spool = Spool(tmp_path, max_bytes=1 << 30, fsync_s=1)
    courier = Courier(sender, spool, Limits(spool="always", max_pause_s=0.01), counts)
    courier.put(with_announcement("a", "b", "announcement"))
    courier.close(0, thorough=False)
    assert told_by(counts) == {"produced": 2, "spooled": 2}

    counts = Counts()
    courier = Courier(Scripted(TAKEN), Spool(tmp_path, max_bytes=1 << 30, fsync_s=1), Limits(), counts)
    courier.close(5, thorough=True)
    assert (counts.replayed, list(tmp_path.iterdir())) == (2, [])

    counts = Counts(produced=3)
    refuse = Scripted(Answer(Verdict.REFUSED, "no"))
    courier = Courier(refuse, Spool(tmp_path, max_bytes=1 << 30, fsync_s=1), Limits(), counts)
    courier.put(with_announcement("a", "b", "c", "announcement"))
    courier.close(5, thorough=True)
    assert told_by(counts) == {"produced": 3, "refused": 3}


def test_what_a_process_loses_of_others_does_not_hide_what_is_missing_of_its_own(tmp_path: Path) -> None:
    left = Spool(tmp_path, max_bytes=1 << 30, fsync_s=1)
    left.append(batch_of(*"abcde", text="x" * 100), only_copy=True)
    left.close()
    counts = Counts(produced=7)
    spool = Spool(tmp_path, max_bytes=1000, fsync_s=1)
    Courier(Scripted(TAKEN), spool, Limits(), counts)  # which is told, and has nothing to do itself
    spool.append(batch_of("f", text="x" * 400), only_copy=True)
    assert (counts.dropped, counts.dropped_of_others) == (0, 5)
    assert told_by(counts) == {"produced": 7 + 5, "dropped": 5}, "all 7 are missing until they are stored"


def test_a_report_draws_nothing_from_the_generator_that_programs_seed() -> None:
    """It is made on a thread of ours, at any time: else what a program draws after ``random.seed`` would vary."""
    random.seed(42)
    before = random.getstate()
    made = [report(Counts(), Resource({})) for _ in range(2)]
    assert random.getstate() == before
    first, second = (entry.span.context for entry in made if entry.span is not None)
    assert first.is_valid
    assert second.is_valid
    assert (first.trace_id, first.span_id) != (second.trace_id, second.span_id)
