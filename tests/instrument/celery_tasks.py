"""A Celery application as users write it, configured where it is defined, for `test_celery.py`."""

import os
from typing import Any

from celery import Celery, Task

import invocation_otel
from invocation_otel import invocation

QUEUE = os.environ["CELERY_QUEUE"]

invocation_otel.configure(service_name="worker")
# The broker that is a folder lets a worker read messages which others still write, and the worker ends of it.
app = Celery("celery_tasks", broker=f"sqla+sqlite:///{QUEUE}")
app.conf.update(
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
)


def run(agent: str, answer: str = "") -> None:
    with invocation(agent) as run, run.round(provider="openai", model="gpt-4o-mini", messages="hello") as round_:
        round_.respond(answer, input_tokens=10, output_tokens=1)


@app.task
def work(agent: str) -> None:
    run(agent)


@app.task
def plain() -> None:
    """No run of its own, and so no span that is current when Celery sends the next task of a chain."""


@app.task(bind=True, max_retries=2, default_retry_delay=0)
def stumbling(self: "Task[..., Any]") -> None:
    run(f"attempt {self.request.retries}")
    if self.request.retries < 2:
        raise self.retry(countdown=0)


@app.task
def delegating() -> None:
    """A run that hands a part of its work to another task."""
    with invocation("delegating", tenant="said by the run"):
        work.delay("delegated")
