"""The OTLP/HTTP receiver: what is acknowledged is stored, what cannot be stored is refused in words."""

import gzip
import json
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import zstandard
from asking import Reply, ask, rows, send
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped] # it has no types
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped] # it has no types
from odd_spans import odd_request
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Status as SpanStatus
from opentelemetry.trace import StatusCode

from migrated_folder import migrated
from processes import Served, served

PROTOBUF = {"Content-Type": "application/x-protobuf"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(migrated(tmp_path_factory.mktemp("otlp") / "store")) as running:
        ask(running.http_url, "CREATE TABLE kept ENGINE = MergeTree ORDER BY SpanName AS SELECT * FROM otel_traces")
        ask(running.http_url, "CREATE MATERIALIZED VIEW keep TO kept AS SELECT * FROM otel_traces")
        yield running


@pytest.fixture(autouse=True)
def _nothing_kept(server: Served) -> None:
    ask(server.http_url, "TRUNCATE TABLE kept")


def _post(server: Served, body: bytes, headers: Mapping[str, str], path: str = "/v1/traces") -> Reply:
    return send(server.otlp_url, path, body=body, headers=headers)


def _kept(server: Served) -> list[list[object]]:
    return rows(server.http_url, "SELECT * FROM kept ORDER BY ALL")


def _request(*names: str) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    for number, name in enumerate(names, start=1):
        spans.add(
            name=name, trace_id=b"\1" * 16, span_id=number.to_bytes(8, "big"), start_time_unix_nano=time.time_ns()
        )
    return request


@pytest.mark.parametrize("compression", Compression)
def test_the_real_sdk_sends_its_spans(server: Served, compression: Compression) -> None:
    exporter = OTLPSpanExporter(endpoint=f"{server.otlp_url}/v1/traces", compression=compression)
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("shop", "1.0").start_as_current_span("chat", attributes={"a": 0.1, "b": ["x"]}) as span:
        span.add_event("event", {"e": True})
        span.set_status(SpanStatus(StatusCode.ERROR, "no"))
    provider.shutdown()

    context = span.get_span_context()
    told = rows(server.http_url, "SELECT SpanName, TraceId, SpanId, ScopeName, SpanAttributes FROM kept")
    ids = [f"{context.trace_id:032x}", f"{context.span_id:016x}"]
    assert told == [["chat", *ids, "shop", {"a": "0.1", "b": '["x"]'}]]
    happened = rows(server.http_url, "SELECT StatusCode, StatusMessage, Events.Name, Events.Attributes FROM kept")
    assert happened == [["Error", "no", ["event"], [{"e": "true"}]]]


def test_both_encodings_store_the_same_rows(server: Served) -> None:
    request = odd_request()
    assert _post(server, request.SerializeToString(), PROTOBUF).status == 200
    from_protobuf = _kept(server)
    ask(server.http_url, "TRUNCATE TABLE kept")

    document = MessageToDict(request)
    for resource_spans, sent in zip(document["resourceSpans"], request.resource_spans, strict=True):
        for scope_spans, sent_scope in zip(resource_spans.get("scopeSpans", []), sent.scope_spans, strict=True):
            for span, sent_span in zip(scope_spans["spans"], sent_scope.spans, strict=True):
                span |= {"traceId": sent_span.trace_id.hex().upper(), "spanId": sent_span.span_id.hex()}
                span |= {"parentSpanId": sent_span.parent_span_id.hex(), "aNewerField": {"x": 1}}
                for link, sent_link in zip(span.get("links", []), sent_span.links, strict=True):
                    link |= {"traceId": sent_link.trace_id.hex(), "spanId": sent_link.span_id.hex()}
    reply = _post(server, json.dumps(document).encode(), {"Content-Type": "application/json; charset=utf-8"})

    assert (reply.status, reply.body) == (200, b"{}")
    assert reply.headers["Content-Type"] == "application/json"
    assert _kept(server) == from_protobuf


def test_the_answer_speaks_the_senders_encoding(server: Served) -> None:
    reply = _post(server, _request("a").SerializeToString(), PROTOBUF)
    assert (reply.status, reply.body, reply.headers["Content-Type"]) == (200, b"", "application/x-protobuf")
    refused = _post(server, b"\xff", PROTOBUF)
    assert refused.headers["Content-Type"] == "application/x-protobuf"
    assert Status.FromString(refused.body).message.startswith("The body is not an ExportTraceServiceRequest")


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("zstd", zstandard.compress), ("identity", bytes)],
)
def test_a_request_may_be_compressed(server: Served, encoding: str, compress: Callable[[bytes], bytes]) -> None:
    body = compress(_request("a", "b").SerializeToString())
    assert _post(server, body, {**PROTOBUF, "Content-Encoding": encoding}).status == 200
    assert len(_kept(server)) == 2


GOOD = _request("good").SerializeToString()


@pytest.mark.parametrize(
    ("body", "headers", "words"),
    [
        (b"nonsense", PROTOBUF, "The body is not an ExportTraceServiceRequest in application/x-protobuf"),
        (GOOD[:-3], PROTOBUF, "The body is not an ExportTraceServiceRequest in application/x-protobuf"),
        (b"\x0a\xff\xff\xff\xff\x0f", PROTOBUF, "The body is not an ExportTraceServiceRequest"),
        (GOOD.replace(b"good", b"\xff\xfe\xfd\xfc"), PROTOBUF, "The body is not an ExportTraceServiceRequest"),
        (b"", JSON, "The body is not an ExportTraceServiceRequest in application/json"),
        (b"[]", JSON, "The body is not an ExportTraceServiceRequest in application/json"),
        (b"[" * 100_000, JSON, "The body is not an ExportTraceServiceRequest in application/json"),
        (b'{"resourceSpans": 1}', JSON, "The body is not an ExportTraceServiceRequest in application/json"),
        (b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "xyz"}]}]}]}', JSON, "traceId is 'xyz'"),
        (b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "abcd"}]}]}]}', JSON, "has 2 bytes, but 16"),
        (GOOD, {**PROTOBUF, "Content-Encoding": "gzip"}, "The body is not compressed as its Content-Encoding says"),
        (gzip.compress(GOOD)[:-4], {**PROTOBUF, "Content-Encoding": "gzip"}, "The body is not compressed as its"),
        (GOOD, {**PROTOBUF, "Content-Encoding": "br"}, "The Content-Encoding 'br' is not known"),
    ],
    ids=lambda value: "body" if isinstance(value, bytes) else None,  # a time is in it; a test's name stays the same
)
def test_a_malformed_body_gets_400_and_the_reason(
    server: Served, body: bytes, headers: Mapping[str, str], words: str
) -> None:
    reply = _post(server, body, headers)
    message = Status.FromString(reply.body).message if headers["Content-Type"] != JSON["Content-Type"] else reply.text
    assert reply.status == 400
    assert words in message
    assert _kept(server) == []


def test_one_bad_span_keeps_its_whole_request_out(server: Served) -> None:
    """Half a request could never be told from a whole one when it is sent again."""
    request = _request("good", "bad")
    request.resource_spans[0].scope_spans[0].spans[1].span_id = b"\1"
    reply = _post(server, request.SerializeToString(), PROTOBUF)
    assert (reply.status, "The span id of span 'bad' has 1 bytes" in reply.text) == (400, True)
    assert _kept(server) == []


@pytest.mark.parametrize(
    ("path", "headers", "status", "words"),
    [
        ("/v1/traces", {"Content-Type": "text/plain"}, 415, b"application/x-protobuf or application/json"),
        ("/v1/traces", {}, 415, b"application/x-protobuf or application/json"),
        ("/v1/metrics", PROTOBUF, 404, b"traces only"),
        ("/v1/logs", JSON, 404, b"traces only"),
        ("/", PROTOBUF, 404, b"traces only"),
    ],
)
def test_anything_else_is_refused_in_words(
    server: Served, path: str, headers: Mapping[str, str], *, status: int, words: bytes
) -> None:
    reply = _post(server, GOOD, headers, path)
    assert (reply.status, words in reply.body) == (status, True)
    assert _kept(server) == []


def test_reading_is_refused_in_words(server: Served) -> None:
    reply = send(server.otlp_url, "/v1/traces", method="GET")
    assert (reply.status, reply.headers["Allow"], "send spans with POST" in reply.text) == (405, "POST", True)


def test_a_request_that_is_too_large_gets_413_with_the_limit(server: Served) -> None:
    """Compressed, it is small: the limit is on what would fill the memory."""
    body = gzip.compress(bytes(257 << 20), compresslevel=1)
    reply = _post(server, body, {**JSON, "Content-Encoding": "gzip"})
    assert (reply.status, json.loads(reply.body)["message"]) == (
        413,
        "The body is larger than 268435456 bytes. Send fewer spans in one request.",
    )


def test_it_says_that_it_is_ready(server: Served) -> None:
    reply = send(server.otlp_url, "/health", method="GET")
    assert (reply.status, reply.text) == (200, '{"status":"ready"}')


def test_an_empty_request_is_accepted(server: Served) -> None:
    assert _post(server, b"", PROTOBUF).status == 200


def test_a_body_may_come_in_chunks_and_a_connection_serves_many_requests(server: Served) -> None:
    parts = urlsplit(server.otlp_url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    for number in range(3):
        body = _request(f"span {number}").SerializeToString()
        pieces = iter([body[:5], body[5:]])
        connection.request("POST", "/v1/traces", body=pieces, headers=PROTOBUF, encode_chunked=True)
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, b"")
    connection.close()
    assert [row[0] for row in rows(server.http_url, "SELECT SpanName FROM kept ORDER BY 1")] == [
        "span 0",
        "span 1",
        "span 2",
    ]


def test_the_same_request_sent_twice_is_stored_once(server: Served) -> None:
    """Our own tables keep a window of blocks they have seen; the test's own table does not."""
    body = _request("once", "twice").SerializeToString()
    before = rows(server.http_url, "SELECT count() FROM spans")
    assert [_post(server, body, PROTOBUF).status for _ in range(3)] == [200, 200, 200]
    after = rows(server.http_url, "SELECT count() FROM spans")
    assert int(str(after[0][0])) - int(str(before[0][0])) == 2


def test_many_senders_lose_nothing(server: Served) -> None:
    statuses: list[int] = []

    def send_some(sender: int) -> None:
        for number in range(5):
            names = [f"{sender}.{number}.{index}" for index in range(50)]
            statuses.append(_post(server, _request(*names).SerializeToString(), PROTOBUF).status)

    threads = [threading.Thread(target=send_some, args=(sender,)) for sender in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 60
    assert ask(server.http_url, "SELECT count(), uniqExact(SpanName) FROM kept").text == "3000\t3000\n"


def test_a_large_request_is_one_block(server: Served) -> None:
    """60 MB in 300 spans: stored whole or not at all, because the engine sees it as one insert."""
    request = _request(*(f"span {number}" for number in range(300)))
    for span in request.resource_spans[0].scope_spans[0].spans:
        span.attributes.add(key="text").value.string_value = "x" * 200_000
    started = time.monotonic()
    assert _post(server, request.SerializeToString(), PROTOBUF).status == 200
    assert time.monotonic() - started < 20
    parts = "SELECT count(), sum(rows) FROM system.parts WHERE table = 'kept' AND active"
    assert ask(server.http_url, parts).text == "1\t300\n"


def test_a_store_that_refuses_is_answered_with_503_so_that_the_sender_tries_again(server: Served) -> None:
    ask(
        server.http_url,
        "CREATE MATERIALIZED VIEW broken TO kept AS SELECT throwIf(1, 'full') AS Duration FROM otel_traces",
    )
    try:
        reply = _post(server, GOOD, PROTOBUF)
    finally:
        ask(server.http_url, "DROP TABLE broken")
    assert (reply.status, reply.headers["Retry-After"]) == (503, "2")
    assert "Code: 395. DB::Exception: full" in Status.FromString(reply.body).message
    assert _post(server, GOOD, PROTOBUF).status == 200
