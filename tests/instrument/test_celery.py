"""Runs inside the tasks of a real Celery worker: prefork, with a broker that is a file of SQLite."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from invocation_otel.store.client import Store, open_store
from migrated_folder import migrated
from otlp_endpoint import Endpoint, Received, endpoint
from processes import free_port, served

HERE = Path(__file__).parent


@contextmanager
def worker(folder: Path, endpoint: str, *options: str) -> Iterator[dict[str, str]]:
    """A worker with two children; gives the environment in which its tasks can be published."""
    env = os.environ | {
        "CELERY_QUEUE": str(folder / "queue.sqlite"),
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "INVOCATION_SPOOL_FOLDER": str(folder / "spool"),
        "PYTHONFAULTHANDLER": "1",
    }
    command = [sys.executable, "-m", "celery", "-A", "celery_tasks", "--workdir", str(HERE), "worker"]
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "-P", "prefork", "-c", "2", "--without-gossip", "--without-mingle", *options],
            env=env,
            stderr=log,
            stdout=log,
        )
        try:
            yield env
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGABRT)  # it writes down where each of its threads stands
                process.wait()
                pytest.fail(f"The worker did not end:\n{(folder / 'worker.log').read_text()}")
    assert "Traceback" not in (folder / "worker.log").read_text()


def publish(env: dict[str, str], code: str) -> list[str]:
    """What *code*, another process of the same application, prints."""
    begin = "import celery_tasks as t, invocation_otel\nfrom celery import chain, group\n"
    done = subprocess.run(
        [sys.executable, "-c", begin + code], env=env, cwd=HERE, check=True, capture_output=True, text=True
    )
    return done.stdout.split()


def facts(run: Received) -> tuple[Any, ...]:
    names = ("invocation.tenant", "user.id", "gen_ai.conversation.id", "invocation.trigger")
    return tuple(run.attributes.get(name) for name in names)


def around(run: Received) -> tuple[str | None, str]:
    """The run that asked for this one, and the outermost."""
    return run.attributes.get("invocation.parent_run.id"), run.attributes["invocation.root_run.id"]


def by_agent(kept: Endpoint) -> dict[str, Received]:
    return {run.attributes["gen_ai.agent.name"]: run for run in kept.runs}


@pytest.mark.parametrize("options", [(), ("--max-tasks-per-child", "1")])
def test_every_run_of_every_task_is_delivered_with_the_id_of_its_task(tmp_path: Path, options: tuple[str]) -> None:
    with endpoint() as kept, worker(tmp_path, kept.url, *options) as env:
        ids = publish(env, "for n in range(8): print(t.work.delay(f'agent {n}').id)")
        kept.wait_for(lambda kept: len(kept.spans) >= 16)
    assert {run.attributes["gen_ai.agent.name"]: run.attributes["invocation.celery.task_id"] for run in kept.runs} == {
        f"agent {n}": task_id for n, task_id in enumerate(ids)
    }
    assert len(kept.spans) == 16
    assert {facts(run) for run in kept.runs} == {("default", None, None, "task")}
    assert {run.attributes["invocation.celery.task_name"] for run in kept.runs} == {"celery_tasks.work"}
    assert {run.attributes["invocation.celery.retries"] for run in kept.runs} == {0}


@pytest.mark.parametrize("options", [(), ("--max-tasks-per-child", "1")])
def test_every_run_of_every_task_is_stored_with_the_id_of_its_task(tmp_path: Path, options: tuple[str]) -> None:
    """As users have it: the worker sends to the embedded store, which is asked when the worker has ended."""
    with served(migrated(tmp_path / "store")) as server:
        with worker(tmp_path, server.otlp_url, *options) as env, open_store(server.http_url) as store:
            ids = publish(env, "for n in range(12): print(t.work.delay(f'agent {n}').id)")
            wait_for_runs(store, 12)
        with open_store(server.http_url) as store:
            rows = store.rows("SELECT agent, celery_task_id, status, rounds, input_tokens, trigger FROM v_runs")
    assert sorted(tuple(row.values()) for row in rows) == sorted(
        (f"agent {n}", task_id, "success", 1, 10, "task") for n, task_id in enumerate(ids)
    )


def test_what_an_ended_process_left_is_delivered_by_a_worker_that_waits_for_tasks(tmp_path: Path) -> None:
    """A child that ends after its task may leave it in the spool, and the next task may be hours away."""
    down = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    with endpoint() as kept, worker(tmp_path, kept.url) as env:
        publish(env | down, "t.run('ended')")
        kept.wait_for(lambda kept: "ended" in by_agent(kept))


def test_it_makes_no_difference_whether_celery_is_recorded_before_all_is_configured(tmp_path: Path) -> None:
    down = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    child_begins = """
import time
from celery import signals
invocation_otel.instrument()
invocation_otel.configure()
signals.worker_process_init.send(sender=None)
time.sleep(60)
"""
    with endpoint() as kept:
        env = {"INVOCATION_SPOOL_FOLDER": str(tmp_path / "spool"), "OTEL_EXPORTER_OTLP_ENDPOINT": kept.url}
        publish(os.environ | env | down | {"CELERY_QUEUE": str(tmp_path / "queue.sqlite")}, "t.run('ended')")
        child = subprocess.Popen(
            [sys.executable, "-c", f"import invocation_otel\n{child_begins}"], env=os.environ | env
        )
        try:
            kept.wait_for(lambda kept: "ended" in by_agent(kept))
        finally:
            child.kill()
            child.wait()


def wait_for_runs(store: Store, count: int) -> None:
    """Until *count* runs have ended, as the store tells it; it may be less when two minutes have passed."""
    for _ in range(1200):
        [ended] = store.rows("SELECT countIf(status != 'running') AS n FROM v_runs")
        if ended["n"] >= count:
            return
        time.sleep(0.1)


def test_tenant_user_session_and_trace_are_carried_through_chains_groups_retries_and_runs(tmp_path: Path) -> None:
    asked = """
with invocation_otel.scope(tenant="acme", user_id="42", session_id="s1"):
    with invocation_otel.invocation("web") as run:
        run.id
        t.work.delay("direct")
        chain(t.work.si("chain 1"), t.plain.si(), t.work.si("chain 3"), group(t.work.si("g1"), t.work.si("g2")))()
        t.stumbling.delay()
    t.delegating.delay()
t.work.delay("nobody's")
"""
    expected = {"web", "direct", "chain 1", "chain 3", "g1", "g2", "attempt 0", "attempt 1", "attempt 2"}
    expected |= {"delegating", "delegated", "nobody's"}
    with endpoint() as kept, worker(tmp_path, kept.url) as env:
        publish(env, asked)
        kept.wait_for(lambda kept: len(by_agent(kept)) >= len(expected))
    runs = by_agent(kept)
    assert runs.keys() == expected

    web = runs.pop("web")
    assert facts(web) == ("acme", "42", "s1", "system")
    nobodys, delegating, delegated = runs.pop("nobody's"), runs.pop("delegating"), runs.pop("delegated")
    assert facts(nobodys) == ("default", None, None, "task")
    assert facts(delegating) == facts(delegated) == ("said by the run", "42", "s1", "task")
    assert delegated.parent_span_id == delegating.span_id
    said = {run.attributes["gen_ai.agent.name"]: run.attributes["invocation.run.id"] for run in kept.runs}
    assert around(web) == (None, said["web"])
    assert around(nobodys) == (None, said["nobody's"])
    assert around(delegating) == (None, said["delegating"])
    assert around(delegated) == (said["delegating"], said["delegating"])
    assert {around(run) for run in runs.values()} == {(said["web"], said["web"])}

    assert {facts(run) for run in runs.values()} == {("acme", "42", "s1", "task")}
    assert {run.trace_id for run in runs.values()} == {web.trace_id}
    assert len({web.trace_id, nobodys.trace_id, delegating.trace_id}) == 3
    attempts = [runs[f"attempt {n}"].attributes for n in range(3)]
    assert [attempt["invocation.celery.retries"] for attempt in attempts] == [0, 1, 2]
    assert len({attempt["invocation.celery.task_id"] for attempt in attempts}) == 1


def test_what_is_written_into_a_message_is_ids_only(tmp_path: Path) -> None:
    env = os.environ | {"CELERY_QUEUE": str(tmp_path / "queue.sqlite"), "INVOCATION_SPOOL": "off"}
    asked = """
with invocation_otel.scope(tenant="acme"), invocation_otel.invocation("web", variables={"name": "content"}) as run:
    with run.round(provider="openai", model="m", messages="content") as round_:
        task = t.work.si("x")
        sent = []
        from celery import signals
        signals.before_task_publish.connect(lambda headers=None, **_: sent.append(headers["invocation"]), weak=False)
        task.delay()
print(*sorted(sent[0]))
"""
    assert publish(env, asked) == ["parent_run_id", "root_run_id", "tenant", "traceparent"]
