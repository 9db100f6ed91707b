"""The command `invocation-otel`: each subcommand is a few lines over a function of the library."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import cli_files, cli_store
from .cli_store import opened
from .errors import InvocationError, SettingsError
from .settings import Settings

if TYPE_CHECKING:
    from .store.client import Store

_URL_HELP = (
    "where the runs are: http://user:password@host:8123/invocation, or file:///folder for the embedded engine "
    "(default: INVOCATION_URL, else ./.invocation)"
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did what was asked, 1 with one line on standard error when it could not."""
    options = _parser().parse_args(argv)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal without Unicode shows what it can
    try:
        return int(options.command(options, Settings.from_env(os.environ)) or 0)
    except InvocationError as error:
        sys.stderr.write(f"invocation-otel: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader (head, less) has seen enough; without this Python complains once more while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _migrate(options: argparse.Namespace, settings: Settings) -> None:
    from .store.migrate import migrate  # noqa: PLC0415 - each command imports only what it needs

    with opened(options, settings) as store:
        applied = migrate(store, cluster=options.cluster)
    sys.stdout.write("".join(f"applied {name}\n" for name in applied) or "The schema is up to date.\n")


def _runs(options: argparse.Namespace, settings: Settings) -> None:
    from rich.console import Console  # noqa: PLC0415

    from .view.filters import Filters  # noqa: PLC0415
    from .view.runs import print_runs  # noqa: PLC0415

    filters = Filters(**{field.name: getattr(options, field.name) for field in fields(Filters)})
    with _readable(options, settings) as store:
        print_runs(store, console=Console(), filters=filters, as_json=options.json)


def _show(options: argparse.Namespace, settings: Settings) -> None:
    from rich.console import Console  # noqa: PLC0415

    from .view.run import print_run  # noqa: PLC0415

    with _readable(options, settings) as store:
        print_run(
            store,
            options.run,
            console=Console(),
            round_number=options.round,
            as_json=options.json,
            full=options.full,
        )


def _serve(options: argparse.Namespace, settings: Settings) -> None:
    from .files.setup import files_of  # noqa: PLC0415
    from .local.server import serve  # noqa: PLC0415

    serve(
        files=files_of(settings),
        folder=_folder(options.url or settings.store_url),
        host=options.host,
        otlp_port=options.otlp_port,
        http_port=options.http_port,
        password=settings.password,
    )


def _grafana(options: argparse.Namespace, _settings: Settings) -> None:
    from .grafana_files import write_grafana  # noqa: PLC0415

    try:
        written = write_grafana(options.folder)
    except OSError as error:
        raise SettingsError(f"The folder {str(options.folder)!r} cannot be written: {error.strerror}.") from error
    sys.stdout.write("".join(f"{path}\n" for path in written))


def _exec(options: argparse.Namespace, _settings: Settings) -> None:
    from .zero_code.run import exec_recorded  # noqa: PLC0415

    sys.stdout.flush()
    exec_recorded(options.words[1:] if options.words[:1] == ["--"] else options.words)


def _demo(options: argparse.Namespace, settings: Settings) -> int:
    from .demo.story import run_demo  # noqa: PLC0415

    return run_demo(folder=_folder(options.url or settings.store_url), live=options.live, keep=options.keep)


@contextmanager
def _readable(options: argparse.Namespace, settings: Settings) -> Iterator["Store"]:
    """The store; an embedded one gets its tables first, so that a new one is empty and no error."""
    from .store.location import Folder, parse_url  # noqa: PLC0415
    from .store.migrate import migrate  # noqa: PLC0415

    with opened(options, settings) as store:
        if isinstance(parse_url(options.url or settings.store_url), Folder):
            migrate(store)
        yield store


def _folder(url: str) -> Path:
    from .store.location import Folder, parse_url  # noqa: PLC0415

    place = parse_url(url)
    if not isinstance(place, Folder):
        raise SettingsError(f"The URL is {url!r}; this command needs a folder to keep the data in: file:///folder.")
    return place.path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="invocation-otel", description="Record AI agent runs, keep them, look at them."
    )
    parser.add_argument("--version", action="version", version=f"invocation-otel {version('invocation-otel')}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument("--url", help=_URL_HELP)

    migrate = commands.add_parser("migrate", parents=[where], help="bring the database's schema up to date")
    migrate.add_argument("--cluster", metavar="NAME", help="the replicated and distributed form, on this cluster")
    migrate.set_defaults(command=_migrate)

    _add_runs(commands, where)
    show = commands.add_parser("show", parents=[where], help="show one run: its rounds, tool calls, files and costs")
    show.add_argument("run", metavar="RUN", help="the run's id, or a part from its beginning or end that no other has")
    show.add_argument("--round", type=int, metavar="N", help="one round: request and response, prompt, cost, metadata")
    show.add_argument("--full", action="store_true", help="do not cut long texts")
    show.add_argument("--json", action="store_true", help="as one JSON object")
    show.set_defaults(command=_show)

    serve = commands.add_parser(
        "serve",
        parents=[where],
        help="run the embedded ClickHouse engine: spans in over OTLP, ClickHouse's HTTP interface out",
        description="INVOCATION_PASSWORD sets the password that clients need; without one only this machine is served.",
    )
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    serve.add_argument("--otlp-port", type=int, default=4318, help="for OTLP/HTTP (default: %(default)s; 0: any free)")
    serve.add_argument(
        "--http-port", type=int, default=8123, help="for ClickHouse's HTTP (default: %(default)s; 0: any free)"
    )
    serve.set_defaults(command=_serve)

    run = commands.add_parser(
        "exec",
        help="run a command whose Python processes are recorded: exec -- python app.py",
        description="Settings are in the environment: OTEL_EXPORTER_OTLP_ENDPOINT, INVOCATION_TENANT, …",
    )
    run.add_argument("words", metavar="COMMAND", nargs=argparse.REMAINDER, help="the command and its arguments")
    run.set_defaults(command=_exec)

    cli_store.add_commands(commands, where)
    cli_files.add_commands(commands, where)
    grafana = commands.add_parser("grafana", help="write the Grafana dashboards and their provisioning, ready to mount")
    grafana.add_argument("folder", metavar="DIR", type=Path, help="where to; made when it is not there")
    grafana.set_defaults(command=_grafana)

    demo = commands.add_parser(
        "demo", parents=[where], help="run a small company of agents and look at what was recorded"
    )
    demo.add_argument("--live", action="store_true", help="ask the real providers whose keys are set")
    demo.add_argument("--keep", action="store_true", help="go on serving what was recorded until Ctrl-C")
    demo.set_defaults(command=_demo)
    return parser


def _add_runs(commands: Any, where: argparse.ArgumentParser) -> None:
    runs = commands.add_parser("runs", parents=[where], help="list the newest runs")
    for name, told in (
        ("tenant", "whose runs"),
        ("agent", "which agent's"),
        ("provider", "whose latest round was answered by this provider"),
        ("model", "whose latest round was answered by this model"),
        ("status", "running, success, failed, timeout, cancelled or lost"),
        ("trigger", "user, system or task"),
        ("user", "on behalf of this user"),
        ("session", "of this short-term-memory conversation"),
        ("since", "started at or after: 2026-11-22, an ISO time, 24h, 7d, today or yesterday"),
        ("until", "started before; a day is in to its end"),
    ):
        runs.add_argument(f"--{name}", help=told)
    runs.add_argument("--memory", action=argparse.BooleanOptionalAction, help="with short-term memory, or without")
    runs.add_argument("--limit", type=int, default=50, help="how many at most (default: %(default)s)")
    runs.add_argument("--json", action="store_true", help="one JSON object a line, with the columns of v_runs")
    runs.set_defaults(command=_runs)
