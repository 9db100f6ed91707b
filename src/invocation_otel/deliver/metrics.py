"""The same counters as OpenTelemetry metrics, for whoever collects those: names and attributes as the SDK's own."""

from collections.abc import Callable, Iterable

from opentelemetry.metrics import CallbackOptions, Observation, get_meter

from .counts import Counts

_STATES = ("exported", "spooled", "refused", "dropped", "shortened", "replayed", "dropped_of_others")


def publish(counts: Counts) -> None:
    """Make *counts* observable as ``invocation.delivery.produced`` and ``invocation.delivery.spans`` by state."""
    meter = get_meter("invocation_otel")
    meter.create_observable_counter(
        "invocation.delivery.produced",
        [_observing(lambda: [Observation(counts.produced)])],
        unit="{span}",
        description="Spans that ended in this process.",
    )
    meter.create_observable_up_down_counter(
        "invocation.delivery.spans",
        [_observing(lambda: [Observation(getattr(counts, state), {"state": state}) for state in _STATES])],
        unit="{span}",
        description="What became of them; replayed and dropped_of_others are spans of ended processes.",
    )


def _observing(read: Callable[[], Iterable[Observation]]) -> Callable[[CallbackOptions], Iterable[Observation]]:
    return lambda _options: read()
