"""Settings, read from the environment in this one place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Self

from opentelemetry.util.re import parse_env_headers

from .errors import SettingsError
from .spans.capture import MODES

DEFAULT_ENDPOINT = "http://localhost:4318/v1/traces"
_PROTOCOLS = ("http/protobuf", "grpc")
_COMPRESSIONS = ("auto", "gzip", "none")
_TLS = {"ca_certs": "CERTIFICATE", "key_file": "CLIENT_KEY", "cert_file": "CLIENT_CERTIFICATE"}
_TRUE, _FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What can be set by environment variables; each can be given in code as well, and then that wins."""

    service_name: str | None = None
    """``OTEL_SERVICE_NAME``: name of the process in every span."""

    endpoint: str | None = None
    """``OTEL_EXPORTER_OTLP_TRACES_ENDPOINT``, else ``OTEL_EXPORTER_OTLP_ENDPOINT`` + ``/v1/traces``: where spans go."""

    protocol: str = "http/protobuf"
    """``OTEL_EXPORTER_OTLP_TRACES_PROTOCOL``, else ``OTEL_EXPORTER_OTLP_PROTOCOL``: ``http/protobuf`` or ``grpc``."""

    headers: Mapping[str, str] = field(default_factory=dict)
    """``OTEL_EXPORTER_OTLP_[TRACES_]HEADERS``: ``key=value`` pairs sent with each request, such as an authorization."""

    timeout_s: float = 10.0
    """``OTEL_EXPORTER_OTLP_[TRACES_]TIMEOUT``: longest time of one request, in seconds."""

    compression: str = "auto"
    """``OTEL_EXPORTER_OTLP_[TRACES_]COMPRESSION``: ``gzip`` or ``none``; by default gzip, except to this machine."""

    tls: Mapping[str, str] = field(default_factory=dict)
    """``OTEL_EXPORTER_OTLP_[TRACES_]{CERTIFICATE,CLIENT_KEY,CLIENT_CERTIFICATE}``: files, by urllib3's names."""

    spool: str = "auto"
    """``INVOCATION_SPOOL``: ``auto``, ``always`` or ``off``; see ``docs/delivery.md``."""

    spool_folder: Path | None = None
    """``INVOCATION_SPOOL_FOLDER``: where spans wait on disk; default a folder of the user's for each endpoint."""

    tenant: str | None = None
    """``INVOCATION_TENANT``: whose runs these are, unless the run says otherwise."""

    capture: Mapping[str, str] = field(default_factory=dict)
    """``INVOCATION_CAPTURE``: how much is kept, ``full``, ``metadata`` or ``none``; for a tenant with its name, as in
    ``full,acme=metadata``. Here by tenant, ``*`` for all."""

    prices: str | None = None
    """``INVOCATION_PRICES``: a JSON or TOML file of prices that go before the public list; see ``docs/cost.md``."""

    announce: bool = True
    """``INVOCATION_ANNOUNCE``: whether a run says that it has started."""

    files: str = ""
    """``INVOCATION_FILES``: where copies of files are kept: a folder, a URL that fsspec knows, or ``off``."""

    files_max_bytes: int = 5 << 30
    """``INVOCATION_FILES_MAX_BYTES``: largest file that is copied."""

    files_gateway: str | None = None
    """``INVOCATION_FILES_GATEWAY``: address at which copies are handed out; default that of ``serve``, for a folder."""

    files_key: str | None = None
    """``INVOCATION_FILES_KEY``: what signs links to copies; default a key kept in the folder."""

    store_url: str = ""
    """``INVOCATION_URL``: where recorded runs are read from; default the folder ``.invocation`` here."""

    password: str | None = None
    """``INVOCATION_PASSWORD``: what ``invocation-otel serve`` asks of its clients."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """The settings that *env* holds; an empty variable counts as not set."""
        base = env.get("OTEL_EXPORTER_OTLP_ENDPOINT")

        def otlp(name: str, default: str = "") -> str:
            return env.get(f"OTEL_EXPORTER_OTLP_TRACES_{name}") or env.get(f"OTEL_EXPORTER_OTLP_{name}") or default

        folder = env.get("INVOCATION_SPOOL_FOLDER")
        files = {key: otlp(name) for key, name in _TLS.items() if otlp(name)}
        return cls(
            service_name=env.get("OTEL_SERVICE_NAME") or None,
            endpoint=env.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") or (traces_endpoint(base) if base else None),
            protocol=_one_of("OTEL_EXPORTER_OTLP_PROTOCOL", otlp("PROTOCOL", "http/protobuf"), _PROTOCOLS),
            headers=parse_env_headers(otlp("HEADERS"), liberal=True),
            timeout_s=_seconds("OTEL_EXPORTER_OTLP_TIMEOUT", otlp("TIMEOUT", "10")),
            compression=_one_of(
                "OTEL_EXPORTER_OTLP_COMPRESSION", otlp("COMPRESSION", "auto"), ("auto", "gzip", "none")
            ),
            tls=files,
            spool=_one_of("INVOCATION_SPOOL", env.get("INVOCATION_SPOOL") or "auto", ("auto", "always", "off")),
            spool_folder=Path(folder).expanduser() if folder else None,
            tenant=env.get("INVOCATION_TENANT") or None,
            capture=_by_tenant(env.get("INVOCATION_CAPTURE") or ""),
            prices=env.get("INVOCATION_PRICES") or None,
            announce=_flag("INVOCATION_ANNOUNCE", env.get("INVOCATION_ANNOUNCE") or "true"),
            files=env.get("INVOCATION_FILES") or str(_state_folder(env) / "files"),
            files_max_bytes=_count("INVOCATION_FILES_MAX_BYTES", env.get("INVOCATION_FILES_MAX_BYTES") or str(5 << 30)),
            files_gateway=_http("INVOCATION_FILES_GATEWAY", env.get("INVOCATION_FILES_GATEWAY") or None),
            files_key=env.get("INVOCATION_FILES_KEY") or None,
            store_url=env.get("INVOCATION_URL") or default_store_url(),
            password=env.get("INVOCATION_PASSWORD") or None,
        )


def traces_endpoint(base: str) -> str:
    """The endpoint for spans of an OTLP/HTTP receiver at *base* (OTLP specification: the path is added)."""
    return base if base.rstrip("/").endswith("/v1/traces") else f"{base.rstrip('/')}/v1/traces"


def default_store_url() -> str:
    """The embedded store of the current folder."""
    return (Path.cwd() / ".invocation").as_uri()


def default_spool_folder(env: Mapping[str, str], endpoint: str) -> Path:
    """A folder of this user's for spans on their way to *endpoint*: the next process finds what the last one left."""
    return _state_folder(env) / "spool" / sha256(endpoint.encode()).hexdigest()[:16]


def _state_folder(env: Mapping[str, str]) -> Path:
    return Path(env.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "invocation-otel"


def _one_of(name: str, text: str, accepted: tuple[str, ...]) -> str:
    if text not in accepted:
        raise SettingsError(f"{name} is {text!r}; expected {' or '.join(accepted)}.")
    return text


def _by_tenant(text: str) -> dict[str, str]:
    pairs = [part.strip().rpartition("=") for part in text.split(",") if part.strip()]
    return {tenant.strip() or "*": _one_of("INVOCATION_CAPTURE", mode.strip(), MODES) for tenant, _, mode in pairs}


def _seconds(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise SettingsError(f"{name} is {text!r}; expected a number of seconds such as 10.") from None


def _count(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise SettingsError(f"{name} is {text!r}; expected a number of bytes such as 1000000.")
    return int(text)


def _http(name: str, url: str | None) -> str | None:
    if url is not None and not url.startswith(("http://", "https://")):
        raise SettingsError(f"{name} is {url!r}; expected an address such as https://example.org/files.")
    return url


def _flag(name: str, text: str) -> bool:
    if text.lower() not in (*_TRUE, *_FALSE):
        raise SettingsError(f"{name} is {text!r}; expected true or false.")
    return text.lower() in _TRUE
