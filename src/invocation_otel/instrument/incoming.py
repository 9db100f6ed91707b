"""What a web request says of the runs inside it: tenant, user, session, and the trace it belongs to."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from invocation_otel.errors import UsageError
from invocation_otel.record.facts import Ambient
from invocation_otel.record.guard import agent_goes_on
from invocation_otel.record.outside import (
    CARRIED,
    REJECTED_TENANT,
    facts_in_baggage,
    id_from_outside,
    tenant_from_outside,
    trace_in,
)
from invocation_otel.record.scope import ambient, inside


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """How to read the facts from a request. Functions are given the request as the framework knows it.

    They are called when the first run starts, not for each request, and may return ``None``: not known.
    """

    tenant: Callable[[Any], Any] | None = None
    """Whose request it is. Wins over *tenant_header*; when it fails, the tenant is ``_rejected``."""

    tenant_header: str | None = None
    """The header that names the tenant. Anybody can send one: use it behind a gateway that sets it."""

    tenants: Collection[str] | None = None
    """The tenants that may be named; others become ``_rejected``. ``None``: any."""

    user: Callable[[Any], Any] | None = None
    """Who asks; by default the one whom the framework has authenticated."""

    session: Callable[[Any], Any] | None = None
    """The conversation that the request belongs to."""

    baggage: Collection[str] = ()
    """Which of ``tenant``, ``user_id`` and ``session_id`` the caller's W3C baggage may say: none by default, since
    anybody can send one."""

    def __post_init__(self) -> None:
        unknown = set(self.baggage) - CARRIED.keys()
        if isinstance(self.baggage, str) or unknown:
            raise UsageError(f"baggage is {self.baggage!r}; expected some of {', '.join(CARRIED)}, in a list.")


class RequestFacts:
    """The facts of one request, read when a run first asks; the user again until there is one."""

    def __init__(
        self, incoming: Incoming, request: Any, headers: Mapping[str, str], user: Callable[[Any], Any]
    ) -> None:
        self._incoming, self._request, self._headers = incoming, request, headers
        self._user = incoming.user or user
        self._around = ambient()
        self._known: Ambient | None = None

    def __call__(self) -> Ambient:
        if self._known is None or self._known.user_id is None:
            self._known = self._read()
        return self._known

    def _read(self) -> Ambient:
        carried = facts_in_baggage(self._headers, self._incoming.baggage)
        told = Ambient(
            tenant=self._tenant(carried.tenant),
            trigger="user",
            user_id=self._asked("user", self._user),
            session_id=self._asked("session", self._incoming.session),
            trace=trace_in(self._headers),
        )
        return told.over(carried, self._around)

    def _tenant(self, carried: str | None) -> str | None:
        incoming = self._incoming
        named: Any = carried
        if incoming.tenant is not None:
            named = REJECTED_TENANT
            with agent_goes_on("asking the application for the tenant"):
                named = incoming.tenant(self._request)
        elif incoming.tenant_header and incoming.tenant_header.lower() in self._headers:
            named = self._headers[incoming.tenant_header.lower()]
        return None if named is None else tenant_from_outside(named, incoming.tenants)

    def _asked(self, what: str, function: Callable[[Any], Any] | None) -> str | None:
        with agent_goes_on(f"asking the application for the {what}"):
            found = function(self._request) if function else None
            return None if found is None else id_from_outside(found)
        return None


class Body:
    """A streamed response, each part of which is made where *facts* hold: the server asks for it after the view."""

    def __init__(self, parts: Iterable[bytes], facts: Callable[[], Ambient]) -> None:
        self._parts, self._facts = parts, facts
        self._iterator = iter(parts)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with inside(self._facts):
            return next(self._iterator)

    def close(self) -> None:
        """Close the response, as its own code says."""
        close = getattr(self._parts, "close", None)  # not everything that is iterated has it
        if close is not None:
            with inside(self._facts):
                close()
