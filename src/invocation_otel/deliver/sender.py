"""Handing a batch to whoever takes it, and what came of it."""

import gzip
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable
from urllib.parse import urlsplit

from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from .batch import Batch

if TYPE_CHECKING:
    import urllib3

_LONGEST_RETRY_AFTER_S = 300.0


class Verdict(Enum):
    """What came of sending a batch."""

    TAKEN = "taken"
    LATER = "later"
    """Not now: try the same again."""

    TOO_LARGE = "too large"
    REFUSED = "refused"
    """Not these spans, ever: trying the same again is pointless."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict, its reason, and, with ``LATER``, how long to wait at least."""

    verdict: Verdict
    reason: str = ""
    retry_after_s: float = 0.0
    blameless: bool = False
    """Whether the spans cannot be to blame: the endpoint is not there, or says that it is asked too often."""

    rejected: int = 0
    """With ``TAKEN``: how many of the spans the endpoint says it has thrown away."""


TAKEN = Answer(Verdict.TAKEN)


@runtime_checkable
class Sender(Protocol):
    """Sends batches; may take its time, and is called from one thread at a time."""

    def send(self, batch: Batch) -> Answer:
        """Send *batch* once."""
        ...

    def start_over(self) -> None:
        """Let go of what a forked child shares with its parent."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class ExporterSender:
    """Sends through any OpenTelemetry span exporter, which tells success and failure only.

    With *renew*, which makes such an exporter, a forked child gets one of its own: connections of gRPC do not survive a
    fork. Others are used on; what they share with their parent is their own affair.
    """

    def __init__(self, exporter: SpanExporter, *, renew: Callable[[], SpanExporter] | None = None) -> None:
        self._exporter = exporter
        self._renew = renew
        self._is_closed = False

    def send(self, batch: Batch) -> Answer:
        from .decode import readable_spans  # noqa: PLC0415 - only for exporters that are given

        if self._exporter.export(readable_spans(batch)) is SpanExportResult.SUCCESS:
            return TAKEN
        return Answer(Verdict.LATER, "the exporter reported a failure")

    def start_over(self) -> None:
        if self._renew is not None:
            self._exporter = self._renew()
            self._is_closed = False

    def close(self) -> None:
        if not self._is_closed:  # the SDK's own exporters log a warning when they are shut down again
            self._is_closed = True
            self._exporter.shutdown()


class OtlpHttpSender:
    """Sends OTLP over HTTP, as it was encoded; statuses as the OTLP specification reads them."""

    def __init__(
        self, endpoint: str, *, headers: Mapping[str, str], timeout_s: float, compression: str, tls: Mapping[str, Any]
    ) -> None:
        self._endpoint = endpoint
        # Compressing for a receiver on this machine costs more than sending: a fifth of all the worker's time.
        self._gzip = compression == "gzip" or (compression == "auto" and not _loopback(endpoint))
        encoding = {"Content-Encoding": "gzip"} if self._gzip else {}
        self._headers = {"Content-Type": "application/x-protobuf", **encoding, **headers}
        self._timeout_s = timeout_s
        self._tls = tls
        self._pool: urllib3.PoolManager | None = None  # made by the thread that sends, when it sends

    def send(self, batch: Batch) -> Answer:
        # Level 1: three times as fast as the default, and prompts are no tenth larger.
        body = gzip.compress(batch.body, 1) if self._gzip else batch.body
        try:
            self._pool = self._pool or _pool(self._tls)
            response = self._pool.request(
                "POST", self._endpoint, body=body, headers=self._headers, timeout=self._timeout_s, redirect=False
            )
        except Exception as error:  # noqa: BLE001 - whatever went wrong on the way, the batch is still here
            return Answer(Verdict.LATER, f"{type(error).__name__}: {error}", blameless=_never_arrived(error))
        return _answer(response.status, response.data, response.headers.get("Retry-After"))

    def start_over(self) -> None:
        self._pool = None

    def close(self) -> None:
        if self._pool is not None:
            self._pool.clear()


def _answer(status: int, body: bytes, retry_after: str | None) -> Answer:
    reason = f"HTTP {status}: {body[:200].decode('utf-8', 'replace')}"
    match status:
        case _ if 200 <= status < 300:  # noqa: PLR2004 - the statuses that HTTP calls success
            return _taken(body)
        case 413:
            return Answer(Verdict.TOO_LARGE, reason)
        case 400 | 422:
            return Answer(Verdict.REFUSED, reason)
        case _:
            # 429, 502, 503 and 504 say so themselves. The rest (401, 403, 404, a proxy's own) is a mistake in the
            # setting of this process or of the receiver: the spans are right, and go out when it is mended.
            return Answer(
                Verdict.LATER, reason, _seconds(retry_after), blameless=status == HTTPStatus.TOO_MANY_REQUESTS
            )


def _taken(body: bytes) -> Answer:
    """OTLP's "partial success": the request must not be sent again, and some of its spans are gone."""
    if not body:
        return TAKEN
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped] # noqa: PLC0415 - without types; see below
    from opentelemetry.proto.collector.trace.v1 import trace_service_pb2  # noqa: PLC0415 - slow, and rarely needed

    try:
        partial = trace_service_pb2.ExportTraceServiceResponse.FromString(body).partial_success
    except DecodeError:
        return TAKEN  # JSON, or a proxy's own words
    return Answer(Verdict.TAKEN, partial.error_message, rejected=max(partial.rejected_spans, 0))


def _never_arrived(error: Exception) -> bool:
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError  # noqa: PLC0415 - loaded by now

    return isinstance(error, ConnectTimeoutError | NewConnectionError)


def _loopback(endpoint: str) -> bool:
    host = urlsplit(endpoint).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def _pool(tls: Mapping[str, Any]) -> "urllib3.PoolManager":
    import urllib3  # noqa: PLC0415 - a third of the time that configure() would take

    return urllib3.PoolManager(retries=False, **tls)


def _seconds(retry_after: str | None) -> float:
    """The header Retry-After: seconds, or a date; at most five minutes, since a clock may be wrong."""
    try:
        seconds = float(retry_after or 0)
    except ValueError:
        seconds = _seconds_until(retry_after or "")
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER_S) if math.isfinite(seconds) else 0.0


def _seconds_until(date: str) -> float:
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except (ValueError, OverflowError):
        return 0.0
