"""Programs without a line of ours are recorded below `invocation-otel exec` and `opentelemetry-instrument`."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from invocation_otel.demo.providers import ProviderServer
from invocation_otel.demo.script import Reply
from invocation_otel.store.client import Store, open_store
from migrated_folder import migrated
from processes import Served, free_port, served, wait_until_it_listens

BIN = Path(sys.executable).parent
ASK = """
from openai import OpenAI

def ask(question):
    with OpenAI() as client:
        client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": question}])
"""
EXEC = (BIN / "invocation-otel", "exec", "--")
OPENTELEMETRY = (BIN / "opentelemetry-instrument",)


@dataclass(frozen=True)
class World:
    """A provider, a store, and programs between them."""

    providers: ProviderServer
    server: Served
    store: Store
    folder: Path

    def run(self, *command: str | Path, tenant: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """*command*, whose runs are *tenant*'s, in a folder where `asking` can be imported."""
        return subprocess.run(
            [str(word) for word in command],
            env=self._environment(tenant) | environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )

    @contextmanager
    def serving(self, *command: str | Path, port: int, tenant: str) -> Iterator[None]:
        """*command*, a server at *port*, until it has been told to end and has ended; it must not complain."""
        log = self.folder / f"{tenant}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(word) for word in command], env=self._environment(tenant), stdout=output, stderr=output
            )
            try:
                wait_until_it_listens(port, process)
                yield
            finally:
                process.terminate()
                process.wait(30)
        assert (process.returncode, log.read_text()) == (0, "")

    def _environment(self, tenant: str) -> dict[str, str]:
        (self.folder / "asking.py").write_text(ASK)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "INVOCATION_"))}
        ours = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.server.otlp_url,
            "INVOCATION_TENANT": tenant,
            "INVOCATION_SPOOL_FOLDER": str(self.folder / "spool"),
            "OPENAI_BASE_URL": self.providers.openai_url,
            "OPENAI_API_KEY": self.providers.api_key,
            "PYTHONPATH": str(self.folder),
        }
        return inherited | ours

    def asked(self, tenant: str) -> list[tuple[Any, ...]]:
        """Of each round of *tenant*: the model, its tokens and what was asked, in the order of the questions."""
        rows = self.store.rows(
            "SELECT model, input_tokens, body FROM v_rounds JOIN v_messages USING (tenant, run_id, span_id) "
            "WHERE tenant = {tenant:String} AND part = 'input' ORDER BY body",
            {"tenant": tenant},
        )
        return [(row["model"], row["input_tokens"], *_texts(row["body"])) for row in rows]


def told(*questions: str) -> list[tuple[Any, ...]]:
    """What `World.asked` gives when these were asked, and nothing twice."""
    return [("gpt-4o-mini", 1000, question) for question in questions]


def _texts(body: str) -> list[str]:
    return [part["content"] for part in json.loads(body)["parts"]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("zero-code")
    reply = Reply(text="Shipped.", input_tokens=1000, output_tokens=20)
    with (
        ProviderServer(lambda _: reply) as providers,
        served(migrated(folder / "store")) as server,
        open_store(server.http_url) as store,
    ):
        yield World(providers, server, store, folder)


@pytest.mark.parametrize("launcher", [EXEC, OPENTELEMETRY], ids=["exec", "opentelemetry-instrument"])
def test_a_program_that_does_not_know_us_is_recorded(world: World, launcher: tuple[Any, ...]) -> None:
    tenant = f"program-{len(launcher)}"
    done = world.run(*launcher, sys.executable, "-c", "from asking import ask; ask('Why?')", tenant=tenant)
    assert (done.stdout, done.stderr) == ("", "")
    assert world.asked(tenant) == told("Why?")


def test_the_processes_that_a_program_starts_are_recorded_too(world: World) -> None:
    program = """
import multiprocessing, os, subprocess, sys
from asking import ask

if __name__ == "__main__":
    subprocess.run([sys.executable, "-c", "from asking import ask; ask('1 child')"], check=True)
    forked = os.fork()
    if not forked:
        ask("2 fork")
        os._exit(0)
    os.waitpid(forked, 0)
    spawned = multiprocessing.get_context("spawn").Process(target=ask, args=("3 spawn",))
    spawned.start()
    spawned.join()
    ask("4 itself")
"""
    file = world.folder / "program.py"
    file.write_text(program)
    done = world.run(*EXEC, sys.executable, file, tenant="processes")
    assert (done.stdout, done.stderr) == ("", "")
    assert world.asked("processes") == told("1 child", "2 fork", "3 spawn", "4 itself")


@pytest.mark.parametrize("options", [(), ("--preload",)], ids=["", "preload"])
@pytest.mark.parametrize("launcher", [EXEC, OPENTELEMETRY], ids=["exec", "opentelemetry-instrument"])
def test_every_request_that_the_workers_of_gunicorn_answer_is_recorded(
    world: World, launcher: tuple[Any, ...], options: tuple[str, ...]
) -> None:
    """Preloaded, the application and the client are imported before the workers are forked."""
    (world.folder / "webapp.py").write_text("""
import os
from asking import ask

def app(environ, start_response):
    ask(environ["PATH_INFO"])
    start_response("200 OK", [])
    return [str(os.getpid()).encode()]
""")
    port, tenant = free_port(), f"gunicorn-{len(launcher)}-{len(options)}"
    gunicorn: tuple[str | Path, ...] = (
        BIN / "gunicorn",
        "--workers=2",
        "--log-level=error",
        f"--bind=127.0.0.1:{port}",
        *options,
        "webapp:app",
    )
    asked: list[str] = []
    answered_by: set[bytes] = set()
    with world.serving(*launcher, *gunicorn, port=port, tenant=tenant):
        while len(answered_by) < 2 and len(asked) < 500:  # who answers is the kernel's choice
            asked.append(f"/{len(asked)}")
            answered_by.add(_body(f"http://127.0.0.1:{port}{asked[-1]}"))
    assert len(answered_by) == 2
    assert world.asked(tenant) == told(*sorted(asked))


def _body(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - our own address
        body: bytes = answer.read()
    return body


def test_the_sitecustomize_of_the_environment_still_runs(world: World) -> None:
    others = world.folder / "others"
    others.mkdir()
    (others / "sitecustomize.py").write_text("print('theirs')")
    done = world.run(*EXEC, sys.executable, "-c", "", tenant="-", PYTHONPATH=str(others))
    assert (done.stdout, done.stderr) == ("theirs\n" * 2, "")  # the command's own process, then the program's


def test_a_python_without_the_library_is_named_and_goes_on(world: World) -> None:
    done = world.run(*EXEC, sys.executable, "-S", "-c", "print('alive')", tenant="-")
    assert done.stdout == "alive\n"
    bare = world.folder / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
    done = world.run(*EXEC, bare / "bin" / "python", "-c", "print('alive')", tenant="-")
    assert done.stdout == "alive\n"
    assert done.stderr == (
        f"invocation-otel: {bare}/bin/python is not recorded: No module named 'invocation_otel'. "
        "Install invocation-otel there.\n"
    )


def test_a_wrong_setting_costs_the_recording_and_not_the_program(world: World) -> None:
    wrong = {"INVOCATION_ANNOUNCE": "perhaps"}
    done = world.run(*OPENTELEMETRY, sys.executable, "-c", "print('alive')", tenant="-", **wrong)
    assert done.stdout == "alive\n"
    assert done.stderr == "Nothing is recorded. INVOCATION_ANNOUNCE is 'perhaps'; expected true or false.\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "There is no command; write it after two dashes: invocation-otel exec -- python app.py."),
        (["no-such-command"], "The command 'no-such-command' is not found; give its path, or check PATH."),
    ],
)
def test_a_command_that_is_none_is_refused(words: list[str], said: str) -> None:
    done = subprocess.run([*EXEC, *words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, f"invocation-otel: {said}\n")


def test_opentelemetry_s_own_switch_turns_us_off(world: World) -> None:
    switched = {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "redis, invocation"}
    program = "from asking import ask; ask('Why?')"
    done = world.run(*OPENTELEMETRY, sys.executable, "-c", program, tenant="off", **switched)
    assert (done.stdout, done.stderr) == ("", "")
    assert world.asked("off") == []


@pytest.mark.parametrize("launcher", [EXEC, OPENTELEMETRY], ids=["exec", "opentelemetry-instrument"])
def test_opentelemetry_s_own_switch_turns_one_library_off(world: World, launcher: tuple[Any, ...]) -> None:
    tenant = f"library-off-{len(launcher)}"
    switched = {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "openai"}
    done = world.run(*launcher, sys.executable, "-c", "from asking import ask; ask('Why?')", tenant=tenant, **switched)
    assert (done.stdout, done.stderr) == ("", "")
    assert world.asked(tenant) == []


TASK = """
import invocation_otel
from celery import Celery

app = Celery("shop")

@app.task
def work():
    with invocation_otel.invocation("support"):
        pass

work.apply(task_id="t1")
"""


@pytest.mark.parametrize("launcher", [EXEC, OPENTELEMETRY], ids=["exec", "opentelemetry-instrument"])
@pytest.mark.parametrize(
    ("switched_off", "expected"),
    [("redis", {"trigger": "task", "celery_task_id": "t1"}), ("celery", {"trigger": "system", "celery_task_id": ""})],
)
def test_celery_is_followed_unless_opentelemetry_s_own_switch_turns_it_off(
    world: World, launcher: tuple[Any, ...], switched_off: str, expected: dict[str, str]
) -> None:
    tenant = f"{switched_off}-off-{len(launcher)}"
    switched = {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": switched_off}
    done = world.run(*launcher, sys.executable, "-c", TASK, tenant=tenant, **switched)
    assert (done.stdout, done.stderr) == ("", "")
    asked = "SELECT trigger, celery_task_id FROM v_runs WHERE tenant = {tenant:String}"
    assert world.store.rows(asked, {"tenant": tenant}) == [expected]
