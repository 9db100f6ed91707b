"""The embedded default: OTLP in, the real ClickHouse engine inside, ClickHouse's HTTP interface out, in one process."""

from importlib.util import find_spec

from invocation_otel.errors import MissingExtraError

# Before anything of this room is imported: its modules need these from their first line on.
if _missing := [name for name in ("chdb", "clickhouse_cityhash", "lz4", "zstandard") if find_spec(name) is None]:
    raise MissingExtraError(
        f"`invocation-otel serve` needs {', '.join(_missing)}. Run `pip install 'invocation-otel[local]'`."
    )

from .server import LocalServer, serve

__all__ = ["LocalServer", "serve"]
