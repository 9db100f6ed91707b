"""Settings, read from the environment in this one place."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from .errors import SettingsError

_TRUE, _FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What can be set by environment variables; each can be given in code as well, and then that wins."""

    service_name: str | None = None
    """``OTEL_SERVICE_NAME``: name of the process in every span."""

    endpoint: str | None = None
    """``OTEL_EXPORTER_OTLP_TRACES_ENDPOINT``, else ``OTEL_EXPORTER_OTLP_ENDPOINT`` + ``/v1/traces``: where spans go."""

    tenant: str | None = None
    """``INVOCATION_TENANT``: whose runs these are, unless the run says otherwise."""

    announce: bool = True
    """``INVOCATION_ANNOUNCE``: whether a run says that it has started."""

    store_url: str = ""
    """``INVOCATION_URL``: where recorded runs are read from; default the folder ``.invocation`` here."""

    password: str | None = None
    """``INVOCATION_PASSWORD``: what ``invocation-otel serve`` asks of its clients."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """The settings that *env* holds; an empty variable counts as not set."""
        base = env.get("OTEL_EXPORTER_OTLP_ENDPOINT")
        return cls(
            service_name=env.get("OTEL_SERVICE_NAME") or None,
            endpoint=env.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or (traces_endpoint(base) if base else None),
            tenant=env.get("INVOCATION_TENANT") or None,
            announce=_flag("INVOCATION_ANNOUNCE", env.get("INVOCATION_ANNOUNCE") or "true"),
            store_url=env.get("INVOCATION_URL") or default_store_url(),
            password=env.get("INVOCATION_PASSWORD") or None,
        )


def traces_endpoint(base: str) -> str:
    """The endpoint for spans of an OTLP/HTTP receiver at *base* (OTLP specification: the path is added)."""
    return base if base.rstrip("/").endswith("/v1/traces") else f"{base.rstrip('/')}/v1/traces"


def default_store_url() -> str:
    """The embedded store of the current folder."""
    return (Path.cwd() / ".invocation").as_uri()


def _flag(name: str, text: str) -> bool:
    if text.lower() not in (*_TRUE, *_FALSE):
        raise SettingsError(f"{name} is {text!r}; expected true or false.")
    return text.lower() in _TRUE
