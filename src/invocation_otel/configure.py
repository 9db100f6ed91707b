"""``configure``: one call that records every agent run of the process."""

import logging
import os
import sys
import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from opentelemetry import trace
from opentelemetry.sdk.environment_variables import OTEL_TRACES_SAMPLER
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON

from .deliver.limits import Limits, SpoolMode
from .deliver.processor import InvocationSpanProcessor, Stats
from .deliver.sender import ExporterSender, OtlpHttpSender, Sender
from .errors import MissingExtraError
from .files.mirror import Mirror
from .files.setup import files_of
from .instrument.activate import instrument_libraries, uninstrument_libraries
from .instrument.agents import instrument_agent, uninstrument_agents
from .instrument.arguments import Arguments
from .instrument.celery import instrument_celery, uninstrument_celery
from .instrument.early_import import import_what_openai_looks_at
from .record.facts import Ambient
from .record.keeping import use_keeper
from .record.privacy import Policy, set_policy
from .record.scope import set_process_facts
from .record.tracing import use_provider
from .settings import DEFAULT_ENDPOINT, Settings, default_spool_folder, traces_endpoint
from .spans.capture import Capture
from .spans.own_prices import chosen_prices
from .spans.prices import use_own_prices
from .spans.redact import Redaction

_log = logging.getLogger("invocation_otel")
_lock = threading.Lock()
_handle: "Handle | None" = None
_USUAL = Redaction()


class Handle:
    """What ``configure()`` set up: send what waits, stop, and tell what became of the spans."""

    def __init__(self, provider: TracerProvider, processor: InvocationSpanProcessor) -> None:
        self.provider = provider
        """The tracer provider that records."""

        self._processor = processor

    def flush(self, timeout_s: float = 30.0) -> bool:
        """Send everything recorded so far, and copy its files; whether that was done within *timeout_s*."""
        return self._processor.force_flush(int(timeout_s * 1000))

    def begin(self) -> None:
        """Deliver from now on what ended processes left in the spool; without it that begins with the first span.

        For a process of a pool, which may wait long for its work. Celery's need not be told.
        """
        self._processor.begin()

    def shutdown(self) -> None:
        """Send what waits, stop recording, and leave instrumented libraries and classes as they were."""
        global _handle  # noqa: PLW0603 - one process has one configuration
        uninstrument_libraries()
        uninstrument_agents()
        uninstrument_celery()
        self._processor.shutdown()
        use_keeper(None)
        use_provider(None)
        set_process_facts(Ambient())
        set_policy(Policy())
        _handle = None

    def stats(self) -> Stats:
        """How many spans were produced, exported, merged and dropped so far."""
        return self._processor.stats()


def configure(
    *,
    service_name: str | None = None,
    tenant: str | None = None,
    endpoint: str | None = None,
    exporter: SpanExporter | None = None,
    tracer_provider: TracerProvider | None = None,
    files: str | Path | None = None,
    prices: str | Path | Mapping[str, Any] | None = None,
    announce: bool | None = None,
    capture: Capture | Mapping[str, Capture] | None = None,
    redaction: Redaction | None = _USUAL,
    instrument: bool = True,
    limits: Limits | None = None,
) -> Handle:
    """Record every agent run of this process from now on. Calling it again returns the same handle.

    *service_name* names the process (default ``OTEL_SERVICE_NAME``). *tenant* is whose runs these are unless a run says
    otherwise (default ``INVOCATION_TENANT``, else ``default``). *endpoint* is an OTLP/HTTP receiver (default
    ``OTEL_EXPORTER_OTLP_ENDPOINT``, else ``http://localhost:4318``); *exporter* is any span exporter to use instead.

    *files* is where copies of files are kept: a folder, a URL that fsspec knows, or ``off`` (default
    ``INVOCATION_FILES``, else a folder of the user's; ``docs/files.md``).

    *prices* go before the public price list: a dictionary by model, or a JSON or TOML file (default
    ``INVOCATION_PRICES``; ``docs/cost.md``).

    An existing ``TracerProvider``, the global one or *tracer_provider*, is added to, not replaced. *announce* (default
    ``INVOCATION_ANNOUNCE``, else true) lets a run be seen as ``running`` before it ends. *instrument* records the
    client libraries that are installed.

    *capture* is how much of a run is kept, ``full``, ``metadata`` or ``none`` (default ``INVOCATION_CAPTURE``, else
    ``full``); by tenant as a dictionary, where ``*`` is for all others. *redaction* is what is taken out of content;
    ``None``: nothing. Raises ``SettingsError`` for a setting or prices that cannot be used.
    """
    global _handle  # noqa: PLW0603 - one process has one configuration
    with _lock:
        if _handle is not None:
            return _handle
        settings = Settings.from_env(os.environ)
        kept = files_of(settings, files)
        own_prices = chosen_prices(prices, settings.prices)
        address = traces_endpoint(endpoint) if endpoint else settings.endpoint or DEFAULT_ENDPOINT
        privacy = _policy(capture, settings, redaction)
        provider = tracer_provider or _provider(service_name or settings.service_name)
        processor = InvocationSpanProcessor(
            exporter or _exporter(settings, address),
            announce=settings.announce if announce is None else announce,
            alone=lambda: _processors_of(provider) == 1,
            limits=_limits(limits, settings, None if exporter else address),
        )
        provider.add_span_processor(processor)
        _put_first(provider, processor)
        set_process_facts(Ambient(tenant=tenant or settings.tenant).checked())
        set_policy(privacy)
        use_own_prices(own_prices)
        use_keeper(Mirror(kept.storage, kept.links, kept.limits))
        use_provider(provider)
        import_what_openai_looks_at()
        if instrument:
            instrument_libraries(provider)
            instrument_celery(processor.begin)
        _handle = Handle(provider, processor)
        return _handle


def instrument(
    agent: type | None = None,
    *,
    method: str | Iterable[str] | None = None,
    name: str | None = None,
    arguments: Arguments | None = None,
) -> Any:
    """Record each call of ``agent.method`` as a run; without *agent*, record the client libraries that are installed.

    *method* is one name or several; without it, the methods of the class that are named as runs are: ``run``, ``arun``,
    ``run_stream``, ``invoke``, … *name* is the agent's (default: the instance's ``name``, else the class's).
    *arguments* says which arguments of a call describe the run, beside those with ``invocation``'s own names:
    ``{"user_ref": "user_id"}``, or a function from the arguments by name to such facts.

    Returns *agent*, so that it can be a class decorator. See ``instrument_agent`` for the rest.
    """
    if agent is None:
        instrument_libraries(_handle.provider if _handle else None)
        instrument_celery(_handle.begin if _handle else None)
    else:
        instrument_agent(agent, method=method, name=name, arguments=arguments)
    return agent


def uninstrument() -> None:
    """Leave every instrumented library and agent class as it was."""
    uninstrument_libraries()
    uninstrument_agents()
    uninstrument_celery()


def _provider(service_name: str | None) -> TracerProvider:
    """The global provider when the process has one already, else a new one, made global."""
    existing = trace.get_tracer_provider()
    if isinstance(existing, TracerProvider):
        return existing
    # An audit log keeps every run, also those whose caller's trace was not sampled, unless the environment says
    # otherwise.
    sampler = None if OTEL_TRACES_SAMPLER in os.environ else ALWAYS_ON
    resource = Resource.create({SERVICE_NAME: service_name} if service_name else {})
    # The SDK drops the oldest attributes beyond 128, which are the ones that say whose span it is.
    provider = TracerProvider(resource=resource, sampler=sampler, span_limits=SpanLimits(max_span_attributes=1024))
    trace.set_tracer_provider(provider)
    return provider


def _processors_of(provider: TracerProvider) -> int:
    """How many span processors *provider* has; many, when this SDK does not say so where others do."""
    known = getattr(getattr(provider, "_active_span_processor", None), "_span_processors", None)
    return len(known) if isinstance(known, tuple) else sys.maxsize


def _put_first(provider: TracerProvider, processor: InvocationSpanProcessor) -> None:
    """Let *processor* see a span before the others do: one of them that raises an error keeps it from those behind."""
    together = getattr(provider, "_active_span_processor", None)
    known = getattr(together, "_span_processors", None)
    if isinstance(known, tuple) and processor in known:
        together._span_processors = (processor, *(other for other in known if other is not processor))  # type: ignore[union-attr] # noqa: SLF001 - not public, and so not typed; nothing public sets the order


def _policy(capture: Capture | Mapping[str, Capture] | None, settings: Settings, redaction: Redaction | None) -> Policy:
    given = {"*": capture} if isinstance(capture, str) else capture
    return Policy(redaction, cast("Mapping[str, Capture]", settings.capture if given is None else given))


def otlp_http_sender(settings: Settings, endpoint: str) -> OtlpHttpSender:
    """What sends to *endpoint* over OTLP/HTTP with the headers, time limit and certificates of the environment."""
    return OtlpHttpSender(
        endpoint,
        headers=settings.headers,
        timeout_s=settings.timeout_s,
        compression=settings.compression,
        tls=settings.tls,
    )


def _exporter(settings: Settings, endpoint: str) -> SpanExporter | Sender:
    if settings.protocol != "grpc":
        return otlp_http_sender(settings, endpoint)
    try:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - optional
    except ImportError:
        raise MissingExtraError(
            "OTEL_EXPORTER_OTLP_PROTOCOL is grpc, but its exporter is missing: pip install 'invocation-otel[grpc]'."
        ) from None
    return ExporterSender(OTLPSpanExporter(), renew=OTLPSpanExporter)


def _limits(given: Limits | None, settings: Settings, endpoint: str | None) -> Limits:
    """*given*, else the default ones, with a folder for the spool; with a given exporter, only the environment's."""
    folder = settings.spool_folder or (default_spool_folder(os.environ, endpoint) if endpoint else None)
    if given is None:
        return Limits(spool=cast("SpoolMode", settings.spool), spool_folder=folder)
    return given if given.spool_folder else replace(given, spool_folder=folder)
