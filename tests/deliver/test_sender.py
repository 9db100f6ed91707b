"""What each answer of an endpoint means for the spans that were sent."""

import gzip
import socket
import time
from collections.abc import Sequence
from email.utils import formatdate

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from sending import batch_of

from invocation_otel.deliver.sender import Answer, ExporterSender, OtlpHttpSender, Verdict
from otlp_endpoint import endpoint


def sent(url: str, *, compression: str = "none", timeout_s: float = 5) -> Answer:
    sender = OtlpHttpSender(
        f"{url}/v1/traces", headers={"a": "b"}, timeout_s=timeout_s, compression=compression, tls={}
    )
    try:
        return sender.send(batch_of("a"))
    finally:
        sender.close()


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        *((status, Verdict.TAKEN) for status in (200, 201, 202, 204)),
        *((status, Verdict.REFUSED) for status in (400, 422)),
        (413, Verdict.TOO_LARGE),
        *((status, Verdict.LATER) for status in (301, 307, 401, 403, 404, 405, 408, 415, 429, 500, 502, 503, 504)),
    ],
)
def test_each_status_has_its_verdict(status: int, verdict: Verdict) -> None:
    with endpoint() as receiver:
        receiver.answer = lambda *_: status
        answer = sent(receiver.url)
    assert answer.verdict is verdict
    assert answer.blameless is (status == 429)
    if verdict is not Verdict.TAKEN:
        assert answer.reason == f"HTTP {status}: "


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0.5", 0.5), ("-3", 0), ("nan", 0), ("inf", 0), ("soon", 0), ("999999", 300), ("", 0)],
)
def test_retry_after_in_seconds_is_believed_within_reason(header: str, seconds: float) -> None:
    with endpoint() as receiver:
        receiver.answer, receiver.headers = lambda *_: 503, {"Retry-After": header}
        assert sent(receiver.url).retry_after_s == seconds


def test_retry_after_as_a_date_is_understood() -> None:
    with endpoint() as receiver:
        receiver.answer, receiver.headers = lambda *_: 503, {"Retry-After": formatdate(time.time() + 60, usegmt=True)}
        assert 50 < sent(receiver.url).retry_after_s <= 60


def test_spans_that_an_endpoint_took_and_threw_away_are_told() -> None:
    response = ExportTraceServiceResponse()
    response.partial_success.rejected_spans = 3
    response.partial_success.error_message = "too old"
    with endpoint() as receiver:
        receiver.reply = response.SerializeToString()
        assert sent(receiver.url) == Answer(Verdict.TAKEN, "too old", rejected=3)
        receiver.reply = b'{"partialSuccess": {}}'
        assert sent(receiver.url).rejected == 0


def test_an_endpoint_that_is_not_there_and_one_that_hangs_mean_later() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        refused = sent(f"http://127.0.0.1:{unused.getsockname()[1]}")
    assert (refused.verdict, refused.blameless, "Connection refused" in refused.reason) == (Verdict.LATER, True, True)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hanging = sent(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.2)
    assert (hanging.verdict, hanging.blameless, "timed out" in hanging.reason) == (Verdict.LATER, False, True)


@pytest.mark.parametrize(("compression", "is_gzip"), [("gzip", True), ("none", False), ("auto", False)])
def test_a_body_is_compressed_except_for_this_machine(compression: str, is_gzip: bool) -> None:  # noqa: FBT001 - a test's
    with socket.create_server(("127.0.0.1", 0)) as silent:
        sent(f"http://127.0.0.1:{silent.getsockname()[1]}", compression=compression, timeout_s=0.2)
        connection, _ = silent.accept()
        with connection:
            head, _, body = connection.recv(65536).partition(b"\r\n\r\n")
    assert (b"Content-Encoding: gzip" in head) is is_gzip
    assert (gzip.decompress(body) if is_gzip else body) == batch_of("a").body
    assert b"a: b" in head


class Exporter(SpanExporter):
    """One of a user's own."""

    def __init__(self, result: SpanExportResult = SpanExportResult.SUCCESS) -> None:
        self.result = result
        self.names: list[str] = []
        self.is_shut_down = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.names += [span.name for span in spans]
        return self.result

    def shutdown(self) -> None:
        self.is_shut_down = True


def test_any_exporter_can_be_sent_through_and_a_failure_means_later() -> None:
    exporter = Exporter()
    sender = ExporterSender(exporter)
    assert sender.send(batch_of("a", "b")) == Answer(Verdict.TAKEN)
    exporter.result = SpanExportResult.FAILURE
    assert sender.send(batch_of("c")).verdict is Verdict.LATER
    sender.close()
    assert (exporter.names, exporter.is_shut_down) == (["a", "b", "c"], True)


def test_a_forked_child_gets_an_exporter_of_its_own_where_one_can_be_made() -> None:
    parents, childs = Exporter(), Exporter()
    sender = ExporterSender(parents, renew=lambda: childs)
    sender.start_over()
    sender.send(batch_of("a"))
    assert (parents.names, childs.names) == ([], ["a"])
